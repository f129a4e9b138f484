package middleware

import (
	"sync"
	"time"
)

const (
	// tombstoneLife is how long a token stays known as deleted: longer than
	// any request may take that loaded its session before.
	tombstoneLife = time.Hour
	// tombstoneSweep is the number of tombstones kept before old ones are
	// looked for.
	tombstoneSweep = 1024
)

// tombstones remembers the tokens that were deleted from a store. The zero
// tombstones are empty.
type tombstones struct {
	mu      sync.Mutex // guards the fields below
	deleted map[string]time.Time
	sweep   int // tombstones after which old ones are looked for
}

func (t *tombstones) add(token string) {
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.deleted == nil {
		t.deleted, t.sweep = make(map[string]time.Time), tombstoneSweep
	}
	t.deleted[token] = now
	if len(t.deleted) <= t.sweep {
		return
	}
	for token, at := range t.deleted {
		if now.Sub(at) > tombstoneLife {
			delete(t.deleted, token)
		}
	}
	t.sweep = max(tombstoneSweep, 2*len(t.deleted)) // constant time per deletion, amortised
}

func (t *tombstones) remove(token string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.deleted, token)
}

func (t *tombstones) has(token string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	at, ok := t.deleted[token]
	return ok && time.Since(at) <= tombstoneLife
}
