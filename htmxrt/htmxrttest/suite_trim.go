package htmxrttest

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// overflow is more entries than what OpenSmall opens may keep.
const overflow = 100

// overfill publishes entries one by one. It returns them, their positions, and
// the index of the oldest that the log has kept.
func overfill(t *testing.T, b htmxrt.Broker) ([]htmxrt.Entry, []htmxrt.Position, int) {
	t.Helper()
	entries := newEntries("entry", overflow)
	positions := publishEach(t, b, entries...)
	s := state(t, b)
	first := slices.Index(positions, s.First)
	if first < 2 || s.Base != positions[first-1] || s.Last != positions[overflow-1] {
		t.Fatalf("State() = %+v, with entry %d of %d as the first; want a log that was trimmed, Base before First, and %v as Last",
			s, first, overflow, positions[overflow-1])
	}
	return entries, positions, first
}

func testTrimKeepsNewest(t *testing.T, b htmxrt.Broker) {
	entries, positions, first := overfill(t, b)
	for i := first - 1; i < overflow; i++ { // from Base on
		follow(t, b, positions[i]).wants(entries[i+1:]...)
	}
}

func testFollowTrimmed(t *testing.T, b htmxrt.Broker) {
	_, positions, first := overfill(t, b)
	for _, p := range append(positions[:first-1:first-1], htmxrt.Position{}) {
		list, err := follow(t, b, p).rest()
		if !errors.Is(err, htmxrt.ErrTrimmed) || len(list) > 0 {
			t.Errorf("Follow(%v) = %v and %d entries, want %v and none", p, err, len(list), htmxrt.ErrTrimmed)
		}
	}
}

// testFollowFallsBehind leaves a follower in one delivery while more is published
// than the log keeps. A broker may refuse that in its turn.
func testFollowFallsBehind(t *testing.T, b htmxrt.Broker) {
	const patience = 100 * time.Millisecond // a broker may wait for the follower
	f := follow(t, b, htmxrt.Position{})
	var published []htmxrt.Entry
	for _, e := range newEntries("entry", overflow) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		_, err := b.Publish(ctx, e)
		cancel()
		if err != nil {
			break
		}
		published = append(published, e)
	}
	if len(published) == 0 {
		t.Fatal("Publish of a first entry fails")
	}
	for i, want := range published {
		d, ok := f.one()
		if !ok {
			if !errors.Is(f.err, htmxrt.ErrTrimmed) {
				t.Errorf("Follow() = %v, want %v", f.err, htmxrt.ErrTrimmed)
			}
			return
		}
		if d.entry.ID != want.ID {
			t.Fatalf("delivered %q as entry %d, want %q or %v", d.entry.Data, i, want.Data, htmxrt.ErrTrimmed)
		}
	}
}
