package htmxrt

import "encoding/binary"

// appendString appends s with its length in front.
func appendString(b []byte, s string) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

// appendBytes is appendString for bytes.
func appendBytes(b, s []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

// appendStrings appends list with its length in front.
func appendStrings(b []byte, list []string) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for _, s := range list {
		b = appendString(b, s)
	}
	return b
}

// reader takes values off the front of rest. After the first value that is not
// there, failed is set and all further values are zero. What it allocates is in
// proportion to rest, whatever the lengths in it say.
type reader struct {
	rest   []byte
	failed bool
}

// take returns the next n bytes, or n zero bytes where there are fewer.
func (r *reader) take(n int) []byte {
	if r.failed || n > len(r.rest) {
		r.failed = true
		r.rest = nil
		return make([]byte, min(n, 64)) // fixed fields are shorter than 64
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) byte() byte { return r.take(1)[0] }

func (r *reader) uint64() uint64 { return binary.BigEndian.Uint64(r.take(8)) }

// uvarint returns the next number of variable length.
func (r *reader) uvarint() uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 {
		r.failed = true
		r.rest = nil
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

// length returns the next length, which is never more than the bytes left.
func (r *reader) length() int {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 || n > uint64(len(r.rest)-size) {
		r.failed = true
		r.rest = nil
		return 0
	}
	r.rest = r.rest[size:]
	return int(n)
}

func (r *reader) bytes() []byte { return r.take(r.length()) }

func (r *reader) string() string { return string(r.bytes()) }

// strings returns nil for an empty list.
func (r *reader) strings() []string {
	n := r.length() // each element takes a byte at least
	var list []string
	for range n {
		list = append(list, r.string())
		if r.failed {
			return nil
		}
	}
	return list
}
