package htmxrt

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"hash"
	"sync"
)

// purpose separates the keys for different kinds of signature, so that one can
// never stand for another.
type purpose uint8

const (
	forCursor purpose = iota
	forTicket
	forBinding
	forEntry
	purposes // their number
)

// keyring signs with the newest key and verifies with all.
type keyring struct {
	rings []*ring // one per key, newest first
}

// ring is what one key signs with, by purpose.
type ring [purposes]*signer

// signer keeps the states of one derived key: making one costs more than a
// signature of a cursor. It is safe for concurrent use.
type signer struct{ states sync.Pool }

func newSigner(key []byte) *signer {
	return &signer{states: sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}}
}

// appendSum appends to b the first size bytes of the signature over data
// (HMAC-SHA256, RFC 2104).
func (s *signer) appendSum(b, data []byte, size int) []byte {
	h := s.states.Get().(hash.Hash)
	defer s.states.Put(h)
	h.Reset()
	h.Write(data)
	n := len(b)
	return h.Sum(b)[:n+size]
}

// newKeyring derives one key per purpose from each of keys (HKDF-SHA256, RFC 5869).
func newKeyring(keys ...[]byte) (*keyring, error) {
	k := &keyring{}
	for _, key := range keys {
		r := new(ring)
		for p := range purposes {
			derived, err := hkdf.Key(sha256.New, key, nil, fmt.Sprintf("htmxrt/1/%d", p), sha256.Size)
			if err != nil {
				return nil, fmt.Errorf("derive key: %w", err)
			}
			r[p] = newSigner(derived)
		}
		k.rings = append(k.rings, r)
	}
	return k, nil
}

// appendSum appends to b the first size bytes of the newest key's signature
// over data.
func (k *keyring) appendSum(b []byte, p purpose, data []byte, size int) []byte {
	return k.rings[0][p].appendSum(b, data, size)
}

// verify reports, in constant time per key, whether mac is a signature over
// data by any of the keys.
func (k *keyring) verify(p purpose, data, mac []byte) bool {
	for _, r := range k.rings {
		if hmac.Equal(r[p].appendSum(nil, data, len(mac)), mac) {
			return true
		}
	}
	return false
}
