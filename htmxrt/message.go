package htmxrt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"
)

type kind uint8

const (
	kindMessage kind = iota + 1
	kindRevoke
	kindBeat
	kindJoin  // tabs that have come, are away, are back, or still are here
	kindLeave // tabs that have gone
	kindDown  // a node whose tabs have gone with it
)

// message is an entry as the hub reads it. It does not change once it was
// decoded, but for its frame, which is made once for all clients.
type message struct {
	place
	kind      kind
	topic     string
	ephemeral bool
	key       string // collapse key of Latest; "" for none
	audience  audience
	blocks    []block
	target    Target     // of kindRevoke
	beat      *beat      // of kindBeat
	statement *statement // of kindJoin, kindLeave and kindDown
	size      int        // bytes to account for in the window

	local *localFilter // of a Filter closure; nil for none

	once  sync.Once
	frame []byte // set by once
}

// block is one event of a message. The last block of a message carries its id.
type block struct {
	event string // "" for the unnamed message
	data  []byte
}

// bytes returns the message as it goes to every client, made at the first call.
// It is safe for concurrent use; the bytes must not be changed.
func (m *message) bytes() []byte {
	m.once.Do(func() {
		size := 0
		for _, b := range m.blocks {
			size += frameSize(b)
		}
		m.frame = make([]byte, 0, size)
		for i, b := range m.blocks {
			var id Cursor
			if i == len(m.blocks)-1 && !m.ephemeral {
				id = m.cursor()
			}
			m.frame = appendEvent(m.frame, id, b.event, b.data)
		}
	})
	return m.frame
}

// codecVersion is the first byte of every entry. A node drops what it cannot
// read, so that old and new binaries can run side by side during a deploy.
const (
	codecVersion = 1
	entryMAC     = 16
	// entryMax is the largest entry decoded: a message at its hard limit and
	// room for its audience.
	entryMax = messageHard + 256<<10
)

var (
	errEntryVersion = errors.New("entry of an unknown version")
	errEntry        = errors.New("entry does not decode")
	errForged       = fmt.Errorf("%w: no key of this hub signed it", errEntry)
)

// codec turns messages into the bytes of entries and back. With signed set,
// entries carry the hub's signature and others are refused.
type codec struct {
	keys   *keyring
	signed bool
}

func (c codec) encode(m *message) []byte {
	n := 64
	for _, bl := range m.blocks {
		n += len(bl.data) + len(bl.event) + 8
	}
	b := make([]byte, 0, n)
	b = append(b, codecVersion, byte(m.kind))
	switch m.kind {
	case kindMessage:
		b = appendString(b, m.topic)
		b = append(b, flag(m.ephemeral))
		b = appendString(b, m.key)
		b = m.audience.append(b)
		for _, bl := range m.blocks {
			b = appendString(b, bl.event)
			b = appendBytes(b, bl.data)
		}
	case kindRevoke:
		b = append(b, byte(m.target.kind))
		b = appendString(b, m.target.id)
	case kindBeat:
		b = append(b, m.beat.node[:]...)
		b = binary.BigEndian.AppendUint64(b, uint64(m.beat.age))
	case kindJoin, kindLeave, kindDown:
		b = m.statement.append(m.kind, b)
	}
	if c.signed {
		b = c.keys.appendSum(b, forEntry, b, entryMAC)
	}
	return b
}

// decode reads what encode wrote and nothing else. The message's blocks share
// data's memory.
func (c codec) decode(data []byte) (*message, error) {
	if len(data) > entryMax {
		return nil, errEntry
	}
	body := data
	if c.signed {
		if len(data) < entryMAC {
			return nil, errEntry
		}
		body = data[:len(data)-entryMAC]
		if !c.keys.verify(forEntry, body, data[len(body):]) {
			return nil, errForged
		}
	}
	r := reader{rest: body}
	if r.byte() != codecVersion {
		return nil, errEntryVersion
	}
	m := &message{kind: kind(r.byte()), size: 2*len(data) + entryOverhead}
	switch m.kind {
	case kindMessage:
		m.topic = r.string()
		m.ephemeral = r.byte() == 1
		m.key = r.string()
		m.audience = readAudience(&r)
		for len(r.rest) > 0 {
			m.blocks = append(m.blocks, block{event: r.string(), data: r.bytes()})
		}
		if len(m.blocks) == 0 || CheckTopic(m.topic) != nil {
			return nil, errEntry
		}
	case kindRevoke:
		m.target = Target{kind: targetKind(r.byte()), id: r.string()}
	case kindBeat:
		m.beat = &beat{node: nodeID(r.take(len(nodeID{}))), age: time.Duration(r.uint64())}
	case kindJoin, kindLeave, kindDown:
		m.statement = readStatement(m.kind, &r)
	default:
		return nil, errEntryVersion // a kind of a later binary
	}
	if r.failed || len(r.rest) > 0 {
		return nil, errEntry
	}
	return m, nil
}

// entryOverhead is what an entry costs in the window beside its bytes, which
// are kept twice: as they came and as a frame.
const entryOverhead = 512

func flag(b bool) byte {
	if b {
		return 1
	}
	return 0
}
