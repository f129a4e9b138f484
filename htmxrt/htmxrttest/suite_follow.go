package htmxrttest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/htmxrt/htmxrt/htmxrt"
)

func testFollowFromZero(t *testing.T, b htmxrt.Broker) {
	entries := newEntries("entry", 300)
	publish(t, b, entries...)
	follow(t, b, htmxrt.Position{}).wants(entries...)
}

func testFollowFromAnywhere(t *testing.T, b htmxrt.Broker) {
	entries := newEntries("entry", 21)
	publish(t, b, entries[0])
	publish(t, b, entries[1:3]...)
	publish(t, b, entries[3:13]...)
	publishEach(t, b, entries[13:20]...)
	positions := follow(t, b, htmxrt.Position{}).wants(entries[:20]...)
	var waiting []*follower
	for i, p := range positions {
		f := follow(t, b, p)
		if got, want := f.wants(entries[i+1:20]...), positions[i+1:]; !slices.Equal(got, want) {
			t.Errorf("delivered at %v, want %v", got, want)
		}
		waiting = append(waiting, f)
	}
	publish(t, b, entries[20])
	for _, f := range waiting {
		f.wants(entries[20])
	}
}

func testFollowLive(t *testing.T, b htmxrt.Broker) {
	f := follow(t, b, htmxrt.Position{})
	for _, e := range newEntries("entry", 100) {
		pos := publish(t, b, e)
		if got := f.wants(e)[0]; got != pos {
			t.Errorf("Publish() = %v, but it was delivered at %v", pos, got)
		}
	}
}

func testFollowOneAtATime(t *testing.T, b htmxrt.Broker) {
	const n = 2000
	done := errors.New("all delivered")
	var inside atomic.Int32
	came := 0 // not guarded: the race detector looks too
	result := make(chan error, 1)
	go func() { // ends with the last entry, which is awaited below
		result <- b.Follow(t.Context(), htmxrt.Position{}, func(htmxrt.Position, htmxrt.Entry) error {
			if inside.Add(1) > 1 {
				return errors.New("deliver is called twice at once")
			}
			defer inside.Add(-1)
			if came++; came == n {
				return done
			}
			return nil
		})
	}()
	for i := range n / 10 {
		publish(t, b, newEntries(fmt.Sprint(i), 10)...)
	}
	if err := receive(t, "Follow to deliver all entries", result); !errors.Is(err, done) {
		t.Errorf("Follow() = %v after %d entries", err, came)
	}
}

// testSlowFollower leaves one follower in the middle of its first delivery.
func testSlowFollower(t *testing.T, b htmxrt.Broker) {
	slow, fast := follow(t, b, htmxrt.Position{}), follow(t, b, htmxrt.Position{})
	entries := newEntries("entry", 2000)
	for i, e := range entries {
		publish(t, b, e)
		if i%100 == 0 {
			fast.wants(entries[max(0, i-99) : i+1]...)
		}
	}
	fast.wants(entries[1901:]...)
	slow.wants(entries...)
}

func testFollowDeliverError(t *testing.T, b htmxrt.Broker) {
	publish(t, b, newEntries("entry", 10)...)
	want := errors.New("enough")
	came := 0
	err := b.Follow(t.Context(), htmxrt.Position{}, func(htmxrt.Position, htmxrt.Entry) error {
		if came++; came == 3 {
			return want
		}
		return nil
	})
	if !errors.Is(err, want) || came != 3 {
		t.Errorf("Follow() = %v after %d entries, want %v after 3", err, came, want)
	}
}

func testFollowContext(t *testing.T, b htmxrt.Broker) {
	entry := newEntry("entry")
	publish(t, b, entry)
	f := follow(t, b, htmxrt.Position{})
	f.wants(entry)
	f.cancel()
	if list, err := f.rest(); !errors.Is(err, context.Canceled) || len(list) > 0 {
		t.Errorf("Follow() = %v and %d entries, want %v and none", err, len(list), context.Canceled)
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := b.Follow(ctx, htmxrt.Position{}, func(htmxrt.Position, htmxrt.Entry) error { return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Follow() = %v with a context that had ended, want %v", err, context.Canceled)
	}
}

func testFollowLost(t *testing.T, b htmxrt.Broker) {
	lost := func(after htmxrt.Position) {
		t.Helper()
		list, err := follow(t, b, after).rest()
		if !errors.Is(err, htmxrt.ErrLogLost) || len(list) > 0 {
			t.Errorf("Follow(%v) = %v and %d entries, want %v and none", after, err, len(list), htmxrt.ErrLogLost)
		}
	}
	foreign := htmxrt.Position{Hi: math.MaxInt64, Lo: math.MaxInt64}
	lost(foreign)
	last := publish(t, b, newEntries("entry", 3)...)
	lost(foreign)
	lost(htmxrt.Position{Hi: last.Hi, Lo: last.Lo + 1})
	lost(htmxrt.Position{Hi: last.Hi + 1, Lo: last.Lo})
}
