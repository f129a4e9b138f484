package nats_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/htmxrt/htmxrt/brokers/nats"
	"github.com/htmxrt/htmxrt/htmxrt"
)

// Positions inside of a Publish are positions like all others; its end is one
// that needs no look into it, also when it is gone.
func TestPositionsInsideAPublish(t *testing.T) {
	e := newEngine(t)
	b := open(t, nats.Options{URL: e.url(), Namespace: "app"})
	var all []htmxrt.Entry
	for i := range 9 {
		all = append(all, newEntry(fmt.Sprint(i)))
	}
	for i := 0; i < 9; i += 3 {
		publish(t, b, all[i:i+3]...)
	}
	positions := wants(t, b, htmxrt.Position{}, all...)
	for i, p := range positions[:8] {
		wants(t, b, p, all[i+1:]...)
	}
	if s := state(t, b); s.First != positions[0] || s.Last != positions[8] || s.Base != (htmxrt.Position{}) {
		t.Errorf("State() = %+v, want it from %v to %v", s, positions[0], positions[8])
	}
	for _, p := range []htmxrt.Position{{Hi: 0, Lo: 3}, {Hi: 2, Lo: 7}, {Hi: 3, Lo: 1}, {Hi: 4}} {
		fails(t, b, p, htmxrt.ErrLogLost)
	}

	edit(t, e, "app", func(c *jetstream.StreamConfig) { c.MaxMsgs = 1 })
	if s := state(t, b); s.First != positions[6] || s.Last != positions[8] || s.Base != positions[5] {
		t.Errorf("trimmed: State() = %+v, want Base %v, and from %v to %v", s, positions[5], positions[6], positions[8])
	}
	wants(t, b, positions[5], all[6:]...)
	wants(t, b, positions[6], all[7:]...)
	for _, p := range append(positions[:5:5], htmxrt.Position{}) {
		fails(t, b, p, htmxrt.ErrTrimmed)
	}
}

// What others publish keeps its place, with the same id for all nodes.
func TestForeignMessagesKeepTheirPlace(t *testing.T) {
	e := newEngine(t)
	b := open(t, nats.Options{URL: e.url(), Namespace: "app"})
	first, last := newEntry("first"), newEntry("last")
	js := e.admin(t)
	foreign := []string{"", "hello", "\x01", "\x01\x01", "\x01\xff\xff\xff\xff\xff\xff\xff\xff\x01", "hello"}
	publish(t, b, first)
	for _, data := range foreign {
		if _, err := js.Publish(t.Context(), "htmxrt.app.log", []byte(data)); err != nil {
			t.Fatal(err)
		}
	}
	publish(t, b, last)
	got, positions, err := read(t, b, htmxrt.Position{}, len(foreign)+2)
	if err != nil {
		t.Fatal(err)
	}
	ids := make(map[[16]byte]bool)
	for i, data := range foreign {
		if e := got[i+1]; string(e.Data) != data || ids[e.ID] {
			t.Errorf("delivered %q with the id %x, want %q with one of its own", e.Data, e.ID, data)
		}
		ids[got[i+1].ID] = true
	}
	if got[0].ID != first.ID || got[len(got)-1].ID != last.ID {
		t.Error("the entries around do not come first and last")
	}
	again, _, err := read(t, open(t, nats.Options{URL: e.url(), Namespace: "app"}), positions[0], len(foreign))
	if err != nil {
		t.Fatal(err)
	}
	for i := range again {
		if again[i].ID != got[i+1].ID {
			t.Errorf("foreign message %d has two ids", i)
		}
	}
}

// A hole is where a log begins: nobody can read over it without noticing.
func TestAHoleIsTrimmed(t *testing.T) {
	e := newEngine(t)
	js := e.admin(t)
	s, err := js.CreateStream(t.Context(), jetstream.StreamConfig{
		Name: "HTMXRT_app", Subjects: []string{"htmxrt.app.log"}, Metadata: map[string]string{"htmxrt.log": "by-hand"},
	})
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, nats.Options{URL: e.url(), Namespace: "app"})
	var entries []htmxrt.Entry
	for i := range 5 {
		entries = append(entries, newEntry(fmt.Sprint(i)))
		publish(t, b, entries[i])
	}
	if err := s.DeleteMsg(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	fails(t, b, htmxrt.Position{}, htmxrt.ErrTrimmed)
	fails(t, b, htmxrt.Position{Hi: 2}, htmxrt.ErrTrimmed)
	st := state(t, b)
	if want := (htmxrt.Position{Hi: 3}); st.Base != want || st.First != (htmxrt.Position{Hi: 4}) {
		t.Errorf("State() = %+v, want Base %v and First behind it", st, want)
	}
	wants(t, b, st.Base, entries[3:]...)
}

// A consumer that beats and delivers nothing is found: a paused one does so.
func TestADeafConsumerIsFound(t *testing.T) {
	e := newEngine(t)
	b := open(t, nats.Options{URL: e.url(), Namespace: "app"})
	first, last := newEntry("first"), newEntry("last")
	publish(t, b, first)
	js := e.admin(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	n := 0
	err := b.Follow(ctx, htmxrt.Position{}, func(_ htmxrt.Position, e htmxrt.Entry) error {
		if n++; e.ID == last.ID {
			return errEnough
		}
		for name := range consumers(t, js) {
			if _, err := js.PauseConsumer(ctx, "HTMXRT_app", name, time.Now().Add(time.Hour)); err != nil {
				return err
			}
		}
		_, err := b.Publish(ctx, last)
		return err
	})
	if !errors.Is(err, errEnough) || n != 2 {
		t.Errorf("Follow() = %v after %d entries, want both", err, n)
	}
}

// consumers returns the names of a stream's consumers.
func consumers(t *testing.T, js jetstream.JetStream) map[string]bool {
	t.Helper()
	s, err := js.Stream(t.Context(), "HTMXRT_app")
	if err != nil {
		t.Fatal(err)
	}
	names := make(map[string]bool)
	list := s.ConsumerNames(t.Context())
	for name := range list.Name() {
		names[name] = true
	}
	if err := list.Err(); err != nil {
		t.Fatal(err)
	}
	return names
}

// No consumer stays at the server when Follow has returned.
func TestFollowLeavesNoConsumer(t *testing.T) {
	e := newEngine(t)
	b := open(t, nats.Options{URL: e.url(), Namespace: "app"})
	js := e.admin(t)
	deleted := make(chan struct{}, 1)
	sub, err := js.Conn().Subscribe("$JS.EVENT.ADVISORY.CONSUMER.DELETED.HTMXRT_app.*", func(*natsgo.Msg) { deleted <- struct{}{} })
	if err != nil {
		t.Fatal(err)
	}
	defer sub.Unsubscribe()
	if err := js.Conn().Flush(); err != nil {
		t.Fatal(err)
	}
	entry := newEntry("entry")
	publish(t, b, entry)
	wants(t, b, htmxrt.Position{}, entry)
	timer := time.NewTimer(10 * time.Second) // the server's own patience is 30 s
	defer timer.Stop()
	select {
	case <-deleted:
	case <-timer.C:
		t.Error("the server was not told that the consumer is done with")
	}
	// The server tells it a moment before it has done it.
	for begun := time.Now(); ; {
		left := consumers(t, js)
		if len(left) == 0 {
			return
		}
		if time.Since(begun) > 10*time.Second {
			t.Fatalf("consumers %v are left", left)
		}
	}
}
