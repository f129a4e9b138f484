package nats_test

import (
	"context"
	"errors"
	"testing"

	"github.com/htmxrt/htmxrt/brokers/nats"
	"github.com/htmxrt/htmxrt/htmxrt"
)

// What this node has published and not yet read is missed too.
func TestARollbackOfWhatWasNotYetReadIsALoss(t *testing.T) {
	e := newEngine(t)
	b := open(t, nats.Options{URL: e.url(), Namespace: "app"})
	kept := newEntry("kept")
	first := publish(t, b, kept)
	restore := e.snapshot()
	publish(t, b, newEntry("gone"))
	restore()
	fails(t, b, first, htmxrt.ErrLogLost)
	fails(t, b, htmxrt.Position{}, htmxrt.ErrLogLost) // until State says which log there is now
	state(t, b)
	wants(t, b, htmxrt.Position{}, kept)
}

// State learns of another log; a Follow that still reads the lost one must too.
func TestStateHidesNoLoss(t *testing.T) {
	e := newEngine(t)
	b := open(t, nats.Options{URL: e.url(), Namespace: "app"})
	publish(t, b, newEntry("one"))
	last := publish(t, b, newEntry("two"))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	n := 0
	err := b.Follow(ctx, htmxrt.Position{}, func(pos htmxrt.Position, _ htmxrt.Entry) error {
		if n++; pos != last {
			return nil
		}
		if n > 2 {
			return errors.New("it goes on in another log")
		}
		e.wipe()
		before := state(t, b)
		for range 3 {
			publish(t, b, newEntry("other"))
		}
		if after := state(t, b); after.ID != before.ID {
			t.Errorf("State() = %+v, before %+v; want one ID", after, before)
		}
		return nil
	})
	if !errors.Is(err, htmxrt.ErrLogLost) || n != 2 {
		t.Errorf("Follow() = %v after %d entries, want %v after 2", err, n, htmxrt.ErrLogLost)
	}
}

// A send after a loss does not wait until somebody asks for the state.
func TestPublishBeginsANewLogAfterALoss(t *testing.T) {
	e := newEngine(t)
	b := open(t, nats.Options{URL: e.url(), Namespace: "app"})
	last := publish(t, b, newEntry("lost"))
	e.wipe()
	entry := newEntry("new")
	if pos := publish(t, b, entry); pos != last {
		t.Fatalf("Publish() = %v, want the position of the lost entry, %v", pos, last)
	}
	fails(t, b, last, htmxrt.ErrLogLost)
	state(t, b)
	wants(t, b, htmxrt.Position{}, entry)
}

// Close ends calls that wait for a server which is away.
func TestCloseEndsCallsThatWaitForTheServer(t *testing.T) {
	e := newEngine(t)
	b := open(t, nats.Options{URL: e.url(), Namespace: "app"})
	e.stop()
	const calls = 3
	done := make(chan error, calls)
	go func() { // all end with Close, and are received below
		_, err := b.Publish(context.Background(), newEntry("entry"))
		done <- err
	}()
	go func() {
		_, err := b.State(context.Background())
		done <- err
	}()
	go func() {
		done <- b.Follow(context.Background(), htmxrt.Position{}, func(htmxrt.Position, htmxrt.Entry) error { return nil })
	}()
	b.Close()
	for range calls {
		if err := <-done; !errors.Is(err, htmxrt.ErrClosed) {
			t.Errorf("a call ends with %v, want %v", err, htmxrt.ErrClosed)
		}
	}
}
