package htmxrttest

import (
	"slices"
	"testing"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// readUpTo follows b from a position, and ends with the entry last.
func readUpTo(t *testing.T, b htmxrt.Broker, after htmxrt.Position, last htmxrt.Entry) htmxrt.Position {
	t.Helper()
	f := follow(t, b, after)
	for {
		d := f.next(1)[0]
		if d.entry.ID == last.ID {
			f.cancel()
			receive(t, "the end of Follow, whose context has ended", f.done)
			return d.pos
		}
	}
}

// Who was away has a cursor in the part that is left, but has not seen what is
// gone. So the same id must not come again, on any node, however often the same
// copy is restored; and a reset once is enough.
func testRollbackID(t *testing.T, e Engine) {
	r := newRollback(t, e, false)
	nodes := []htmxrt.Broker{r.b, e.node(t)}
	seen := []string{state(t, nodes[0]).ID}
	after, newest := htmxrt.Position{}, r.gone[len(r.gone)-1]
	for range 2 {
		var at htmxrt.Position
		for _, n := range nodes {
			at = readUpTo(t, n, after, newest)
		}
		r.restore(t)
		for _, n := range nodes {
			follow(t, n, at).lost()
		}
		s := statesAtOnce(t, nodes)
		if s[0].ID != s[1].ID {
			t.Errorf("two nodes see one log with the ids %q and %q", s[0].ID, s[1].ID)
		}
		if slices.Contains(seen, s[0].ID) {
			t.Errorf("a log that was rolled back has the id %q once more", s[0].ID)
		}
		for i, n := range append(nodes, e.node(t)) {
			if got := state(t, n).ID; got != s[0].ID {
				t.Errorf("node %d sees the id %q, then %q", i, s[0].ID, got)
			}
		}
		seen = append(seen, s[0].ID)
		after, newest = s[0].Base, newEntry("newest")
		publishSoon(t, r.b, newest)
	}
	for _, n := range nodes {
		readUpTo(t, n, after, newest)
	}
}

// statesAtOnce returns what nodes say that look at the log at the same time.
func statesAtOnce(t *testing.T, nodes []htmxrt.Broker) []htmxrt.LogState {
	t.Helper()
	list := make([]htmxrt.LogState, len(nodes))
	done := make(chan struct{})
	for i, n := range nodes {
		go func() { // ends within guard, and is awaited below
			defer func() { done <- struct{}{} }()
			list[i] = stateSoon(t, n)
		}()
	}
	for range nodes {
		receive(t, "State", done)
	}
	return list
}

// A node that has seen nothing of what is gone cannot know, but others do. It
// learns it from them also while entries come all the time.
func testRollbackTold(t *testing.T, e Engine) {
	knows, idle := e.node(t), e.node(t)
	kept, gone := newEntries("kept", 5), newEntries("gone", 5)
	publishEach(t, knows, kept...)
	left := readUpTo(t, idle, htmxrt.Position{}, kept[4])
	restore := e.Snapshot(t)
	stateSoon(t, knows)
	publishEach(t, knows, gone...)
	at := readUpTo(t, knows, htmxrt.Position{}, gone[4])
	restore(t)
	f := follow(t, idle, left)
	other := newEntry("other") // in the older copy
	publishSoon(t, idle, other)
	f.wantsAmong(other, other)
	follow(t, knows, at).lost()
	stateSoon(t, knows)
	limit := time.Now().Add(guard())
	for {
		publishSoon(t, knows, newEntry("more"))
		select {
		case <-f.came:
		case <-f.done:
			f.lost()
			if x, y := stateSoon(t, idle).ID, stateSoon(t, knows).ID; x != y {
				t.Errorf("two nodes see one log with the ids %q and %q", x, y)
			}
			return
		}
		if time.Now().After(limit) {
			t.Fatalf("Follow goes on for %v in a log that has another id by now", guard())
		}
	}
}
