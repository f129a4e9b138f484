package nats

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// A message of the stream holds the entries of one Publish: a version, their
// number, of each its id and the length of its data, and then the data of all.
// Numbers are unsigned varints.
//
// The last entry of the message with sequence s lies at {s, 0}, those before it
// at {s-1, 1}, {s-1, 2} and so on. So {s, 0} is the end of a message without
// looking into it, also of one that was trimmed.
const envelopeVersion = 1

// encode returns the message of entries.
func encode(entries []htmxrt.Entry) []byte {
	size := 1 + binary.MaxVarintLen64
	for _, e := range entries {
		size += len(e.ID) + binary.MaxVarintLen64 + len(e.Data)
	}
	b := make([]byte, 0, size)
	b = append(b, envelopeVersion)
	b = binary.AppendUvarint(b, uint64(len(entries)))
	for _, e := range entries {
		b = append(b, e.ID[:]...)
		b = binary.AppendUvarint(b, uint64(len(e.Data)))
	}
	for _, e := range entries {
		b = append(b, e.Data...)
	}
	return b
}

// decode reads the message with a sequence; entries share its memory. What
// encode did not write is one entry that holds all of it, so that it keeps its
// place; its id is the same on all nodes.
func decode(seq uint64, b []byte) []htmxrt.Entry {
	if entries, ok := open(b); ok {
		return entries
	}
	sum := sha256.New()
	sum.Write(binary.BigEndian.AppendUint64([]byte("htmxrt foreign "), seq))
	sum.Write(b)
	return []htmxrt.Entry{{ID: [16]byte(sum.Sum(nil)), Data: b}}
}

// open reads what encode wrote and nothing else.
func open(b []byte) ([]htmxrt.Entry, bool) {
	if len(b) == 0 || b[0] != envelopeVersion {
		return nil, false
	}
	n, b, ok := uvarint(b[1:])
	if !ok || n == 0 || n > uint64(len(b))/17 { // an id and a length each
		return nil, false
	}
	entries, sizes := make([]htmxrt.Entry, n), make([]uint64, n)
	for i := range entries {
		if len(b) < 16 {
			return nil, false
		}
		entries[i].ID = [16]byte(b)
		if sizes[i], b, ok = uvarint(b[16:]); !ok {
			return nil, false
		}
	}
	for i, size := range sizes {
		if size > uint64(len(b)) {
			return nil, false
		}
		entries[i].Data, b = slices.Clip(b[:size]), b[size:]
	}
	return entries, len(b) == 0
}

// uvarint reads a number in its shortest form and returns what follows it.
func uvarint(b []byte) (n uint64, rest []byte, ok bool) {
	n, size := binary.Uvarint(b)
	if size <= 0 || size > 1 && b[size-1] == 0 {
		return 0, nil, false
	}
	return n, b[size:], true
}

// messageID is the same for the same entries: a server drops a message that it
// has (header Nats-Msg-Id).
func messageID(entries []htmxrt.Entry) string {
	sum := sha256.New()
	for _, e := range entries {
		sum.Write(e.ID[:])
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

// position returns where entry i of n lies in the message with a sequence.
func position(seq uint64, i, n int) htmxrt.Position {
	if i == n-1 {
		return htmxrt.Position{Hi: seq}
	}
	return htmxrt.Position{Hi: seq - 1, Lo: uint64(i) + 1}
}
