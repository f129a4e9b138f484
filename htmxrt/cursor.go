package htmxrt

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"sync"
)

// Cursor is a position in the log as text, 64 characters of [0-9a-v]. Cursors
// of one log compare as strings in the log's order. It is the id of an event,
// the same bytes for all clients, and grants nothing: what is replayed from it
// is checked against the audience of now.
type Cursor string

// A cursor's bytes: version, log, position, tag, signature. 40 bytes are 64
// characters of base32 without padding, so that every text has one reading.
const (
	cursorVersion = 1
	cursorMAC     = 11
	cursorBytes   = 1 + 8 + 16 + 4 + cursorMAC
	cursorText    = cursorBytes * 8 / 5
)

// cursorEncoding keeps the order of the bytes (RFC 4648, section 7).
var cursorEncoding = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

var errBadCursor = errors.New("not a cursor of this hub")

// logTag names a log inside cursors and tickets.
type logTag [8]byte

func newLogTag(id string) logTag {
	h := sha256.Sum256([]byte("htmxrt log " + id))
	return logTag(h[:8])
}

// mark is a position with the tag of the entry that lies there, 0 before all
// entries. The tag finds a log that was rolled back and written anew.
type mark struct {
	pos Position
	tag uint32
}

// newMark returns the mark of an entry: its tag is the first 32 bits of its id.
func newMark(pos Position, id [16]byte) mark {
	return mark{pos: pos, tag: binary.BigEndian.Uint32(id[:4])}
}

// encodeCursor returns the cursor of m in log.
func encodeCursor(k *keyring, log logTag, m mark) Cursor {
	b := make([]byte, 0, cursorBytes)
	b = append(b, cursorVersion)
	b = append(b, log[:]...)
	b = binary.BigEndian.AppendUint64(b, m.pos.Hi)
	b = binary.BigEndian.AppendUint64(b, m.pos.Lo)
	b = binary.BigEndian.AppendUint32(b, m.tag)
	b = k.appendSum(b, forCursor, b, cursorMAC)
	return Cursor(cursorEncoding.EncodeToString(b))
}

// decodeCursor reads a cursor that this hub, or one with the same key, wrote.
// Everything else is errBadCursor, by one path: nothing is parsed before the
// signature holds.
func decodeCursor(k *keyring, s string) (logTag, mark, error) {
	if len(s) != cursorText {
		return logTag{}, mark{}, errBadCursor
	}
	b, err := cursorEncoding.DecodeString(s)
	if err != nil || len(b) != cursorBytes {
		return logTag{}, mark{}, errBadCursor
	}
	body, mac := b[:cursorBytes-cursorMAC], b[cursorBytes-cursorMAC:]
	if !k.verify(forCursor, body, mac) || body[0] != cursorVersion {
		return logTag{}, mark{}, errBadCursor
	}
	return logTag(body[1:9]), mark{
		pos: Position{
			Hi: binary.BigEndian.Uint64(body[9:17]),
			Lo: binary.BigEndian.Uint64(body[17:25]),
		},
		tag: binary.BigEndian.Uint32(body[25:29]),
	}, nil
}

// place is a mark of one log whose cursor is computed when first needed. It is
// safe for concurrent use.
type place struct {
	mark
	log  logTag
	keys *keyring

	once sync.Once
	text Cursor // set by once
}

func (p *place) cursor() Cursor {
	p.once.Do(func() { p.text = encodeCursor(p.keys, p.log, p.mark) })
	return p.text
}
