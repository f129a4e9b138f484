package htmxrt

import (
	"runtime"
	"testing"
)

// newTestClient returns a client that follows topic and reads on from a window.
func newTestClient(topic string) *Client {
	c := &Client{tab: newTab(), wake: make(chan struct{}, 1)}
	c.topics.Store(&[]string{topic})
	c.catchUp()
	return c
}

// A revocation that comes while a lagging client reads the window stops what it
// has read: it may lie behind the revocation in the log.
func TestNothingIsTakenPastARevocation(t *testing.T) {
	w, c := newTestWindow(t, Window{}), newTestClient("a")
	put(w, 1, "a", "")

	w.mu.RLock() // a writer that waits for this lock holds up take's read
	appended, took := make(chan struct{}), make(chan taken, 1)
	go func() { // ends when the lock is given back below
		defer close(appended)
		put(w, 2, "a", "")
	}()
	for w.mu.TryRLock() { // until the writer waits
		w.mu.RUnlock()
		runtime.Gosched()
	}
	go func() { took <- c.take(make([]*message, 0, pendingMax), Position{}, w) }() // received below
	for reading := false; !reading; runtime.Gosched() {
		c.mu.Lock()
		reading = !c.lagging
		c.mu.Unlock()
	}
	c.end(closeRevoked) // entry 2 follows it in the log
	w.mu.RUnlock()
	<-appended
	if got := <-took; got.ending != closeRevoked || len(got.batch) > 0 {
		t.Errorf("took %d messages, ending %v; want nothing but the end", len(got.batch), got.ending)
	}
}

func TestPendingMessagesHaveABound(t *testing.T) {
	w, c := newTestWindow(t, Window{}), newTestClient("a")
	c.take(nil, Position{}, w) // it is up to date now
	for n := range uint64(10 * pendingMax) {
		c.offer(put(w, n+1, "a", ""))
	}
	if len(c.pending) > pendingMax || !c.lagging {
		t.Errorf("%d messages pending, lagging %v; want at most %d, and lagging", len(c.pending), c.lagging, pendingMax)
	}
	var last Position
	count := 0
	for more := true; more; {
		got := c.take(make([]*message, 0, pendingMax), last, w)
		for _, m := range got.batch {
			count++
			if want := last.Lo + 1; m.pos.Lo != want {
				t.Fatalf("took %d, want %d", m.pos.Lo, want)
			}
			last = m.pos
		}
		more = got.more
	}
	if count != 10*pendingMax || !c.idle() {
		t.Errorf("took %d messages, idle %v", count, c.idle())
	}
}
