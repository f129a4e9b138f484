package nats

import (
	"bytes"
	"testing"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// Whatever is read as an envelope is what encode writes, byte for byte: a message
// has one reading.
func FuzzEnvelope(f *testing.F) {
	f.Add([]byte{})
	f.Add(encode([]htmxrt.Entry{{ID: [16]byte{1}}}))
	f.Add(encode([]htmxrt.Entry{{ID: [16]byte{1}, Data: []byte("a")}, {Data: bytes.Repeat([]byte("b"), 300)}}))
	f.Add([]byte{1, 0x80, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		if entries, ok := open(b); ok && !bytes.Equal(encode(entries), b) {
			t.Errorf("%x is read as %d entries, which are written as %x", b, len(entries), encode(entries))
		}
		if n := len(decode(7, b)); n == 0 {
			t.Errorf("%x has no entry", b)
		}
	})
}
