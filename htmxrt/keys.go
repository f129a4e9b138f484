package htmxrt

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
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
	rings [][purposes][]byte // one per key, newest first
}

// newKeyring derives one key per purpose from each of keys (HKDF-SHA256, RFC 5869).
func newKeyring(keys ...[]byte) (*keyring, error) {
	k := &keyring{rings: make([][purposes][]byte, len(keys))}
	for i, key := range keys {
		for p := range purposes {
			derived, err := hkdf.Key(sha256.New, key, nil, fmt.Sprintf("htmxrt/1/%d", p), sha256.Size)
			if err != nil {
				return nil, fmt.Errorf("derive key: %w", err)
			}
			k.rings[i][p] = derived
		}
	}
	return k, nil
}

// appendSum appends to b the first size bytes of the newest key's signature
// over data (HMAC-SHA256, RFC 2104).
func (k *keyring) appendSum(b []byte, p purpose, data []byte, size int) []byte {
	return append(b, sum(k.rings[0][p], data, size)...)
}

// verify reports, in constant time per key, whether mac is a signature over
// data by any of the keys.
func (k *keyring) verify(p purpose, data, mac []byte) bool {
	for _, ring := range k.rings {
		if hmac.Equal(sum(ring[p], data, len(mac)), mac) {
			return true
		}
	}
	return false
}

func sum(key, data []byte, size int) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(data)
	return h.Sum(nil)[:size]
}
