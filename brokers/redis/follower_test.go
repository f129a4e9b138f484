package redis

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// following is one call of Follow. Nothing is delivered to it before it is asked
// for.
type following struct {
	t    *testing.T
	came chan record
	done chan struct{} // closed when Follow has returned
	err  error         // what it returned; set before done is closed
}

// follow starts to follow b. It ends with the test at the latest.
func follow(t *testing.T, b htmxrt.Broker, after htmxrt.Position) *following {
	ctx, cancel := context.WithCancel(context.Background())
	f := &following{t: t, came: make(chan record), done: make(chan struct{})}
	go func() { // ended by the cleanup, which waits for done
		defer close(f.done)
		f.err = b.Follow(ctx, after, func(p htmxrt.Position, e htmxrt.Entry) error {
			select {
			case f.came <- record{p, e}:
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

// wants fails the test unless entries are delivered next, in their order, and
// returns the position of the last.
func (f *following) wants(entries ...htmxrt.Entry) (last htmxrt.Position) {
	f.t.Helper()
	timer := time.NewTimer(guard)
	defer timer.Stop()
	for i, want := range entries {
		select {
		case r := <-f.came:
			if r.entry.ID != want.ID || string(r.entry.Data) != string(want.Data) {
				f.t.Fatalf("delivered %.40q as entry %d, want %.40q", r.entry.Data, i, want.Data)
			}
			last = r.place
		case <-f.done:
			f.t.Fatalf("Follow() = %v after %d entries, want %d", f.err, i, len(entries))
		case <-timer.C:
			f.t.Fatalf("Follow delivers nothing for %v, want %.40q", guard, want.Data)
		}
	}
	return last
}

// wantsEnd fails the test unless Follow returns want next, and delivers nothing.
func (f *following) wantsEnd(want error) {
	f.t.Helper()
	timer := time.NewTimer(guard)
	defer timer.Stop()
	select {
	case r := <-f.came:
		f.t.Fatalf("delivered %.40q at %v, want %v", r.entry.Data, r.place, want)
	case <-f.done:
		if !errors.Is(f.err, want) {
			f.t.Fatalf("Follow() = %v, want %v", f.err, want)
		}
	case <-timer.C:
		f.t.Fatalf("Follow does not end for %v, want %v", guard, want)
	}
}

func receive[T any](t *testing.T, what string, from <-chan T) T {
	t.Helper()
	timer := time.NewTimer(guard)
	defer timer.Stop()
	select {
	case v := <-from:
		return v
	case <-timer.C:
		t.Fatalf("waited %v for %s", guard, what)
		panic("not reached")
	}
}

func newEntry(data string) htmxrt.Entry {
	e := htmxrt.Entry{Data: []byte(data)}
	rand.Read(e.ID[:]) // never fails, see crypto/rand
	return e
}

func newEntries(name string, n int) []htmxrt.Entry {
	list := make([]htmxrt.Entry, n)
	for i := range list {
		list[i] = newEntry(fmt.Sprintf("%s %d", name, i))
	}
	return list
}

// publish publishes entries and must succeed.
func publish(t *testing.T, b htmxrt.Broker, entries ...htmxrt.Entry) htmxrt.Position {
	t.Helper()
	pos, err := b.Publish(t.Context(), entries...)
	if err != nil {
		t.Fatalf("Publish: %v", err)
	}
	return pos
}

func state(t *testing.T, b htmxrt.Broker) htmxrt.LogState {
	t.Helper()
	s, err := b.State(t.Context())
	if err != nil {
		t.Fatalf("State: %v", err)
	}
	return s
}
