package htmxrttest

import (
	"context"
	"testing"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// delivery is one call of deliver.
type delivery struct {
	pos   htmxrt.Position
	entry htmxrt.Entry
}

// follower is one call of Broker.Follow. Nothing is delivered to it before it is
// asked for.
type follower struct {
	t      *testing.T
	cancel context.CancelFunc
	came   chan delivery
	done   chan struct{} // closed when Follow has returned
	err    error         // what it returned; set before done is closed

	hold    int           // the delivery that waits for release; 0: none
	held    chan struct{} // closed when that has begun
	release chan struct{} // closed by whoever holds
}

// follow starts to follow b. It ends with the test at the latest.
func follow(t *testing.T, b htmxrt.Broker, after htmxrt.Position) *follower {
	return followHeld(t, b, after, 0)
}

// followHeld is follow, but its delivery number hold, from 1, waits until release
// is closed.
func followHeld(t *testing.T, b htmxrt.Broker, after htmxrt.Position, hold int) *follower {
	ctx, cancel := context.WithCancel(context.Background())
	f := &follower{
		t: t, cancel: cancel, came: make(chan delivery), done: make(chan struct{}),
		hold: hold, held: make(chan struct{}), release: make(chan struct{}),
	}
	n := 0
	go func() { // ended by the cleanup, which waits for done
		defer close(f.done)
		f.err = b.Follow(ctx, after, func(pos htmxrt.Position, e htmxrt.Entry) error {
			if n++; n == f.hold {
				close(f.held)
				select {
				case <-f.release:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			select {
			case f.came <- delivery{pos, e}:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	t.Cleanup(func() {
		cancel()
		receive(t, "the end of Follow, whose context has ended", f.done)
	})
	return f
}

// one returns what is delivered next, or false when Follow has returned.
func (f *follower) one() (delivery, bool) {
	f.t.Helper()
	timer := time.NewTimer(guard())
	defer timer.Stop()
	select {
	case d := <-f.came:
		return d, true
	case <-f.done:
	case <-timer.C:
		f.t.Fatalf("Follow delivers nothing for %v", guard())
	}
	return delivery{}, false
}

// next returns what is delivered next, n times. Follow must not return before.
func (f *follower) next(n int) []delivery {
	f.t.Helper()
	list := make([]delivery, 0, n)
	for len(list) < n {
		d, ok := f.one()
		if !ok {
			f.t.Fatalf("Follow ended with %v after %d entries, want %d", f.err, len(list), n)
		}
		list = append(list, d)
	}
	return list
}

// rest returns all that is delivered until Follow returns, and its error.
func (f *follower) rest() (list []delivery, err error) {
	f.t.Helper()
	for {
		d, ok := f.one()
		if !ok {
			return list, f.err
		}
		list = append(list, d)
	}
}

// wants fails the test unless entries are delivered next, in their order, and
// returns their positions.
func (f *follower) wants(entries ...htmxrt.Entry) []htmxrt.Position {
	f.t.Helper()
	var list []htmxrt.Position
	for i, d := range f.next(len(entries)) {
		if d.entry.ID != entries[i].ID || string(d.entry.Data) != string(entries[i].Data) {
			f.t.Fatalf("delivered %.40q as entry %d, want %.40q", d.entry.Data, i, entries[i].Data)
		}
		list = append(list, d.pos)
	}
	return list
}
