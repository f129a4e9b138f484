package cluster_test

import (
	"context"
	"sync"
	"testing"
)

// news tells those who wait that something has changed.
type news struct {
	mu      sync.Mutex    // guards the field below
	changed chan struct{} // closed at the next change
}

func newNews() *news { return &news{changed: make(chan struct{})} }

func (n *news) raise() {
	n.mu.Lock()
	defer n.mu.Unlock()
	close(n.changed)
	n.changed = make(chan struct{})
}

func (n *news) next() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.changed
}

// await waits until true, or fails the test when ctx ends. missing says what is
// still awaited, "" for nothing.
func (n *news) await(ctx context.Context, t testing.TB, what string, missing func() string) {
	t.Helper()
	for {
		changed := n.next()
		left := missing()
		if left == "" {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatalf("%s: %v: %s", what, context.Cause(ctx), left)
		}
	}
}
