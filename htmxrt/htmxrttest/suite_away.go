package htmxrttest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
)

func testNodes(t *testing.T, e Engine) {
	one, two := e.node(t), e.node(t)
	x, y := state(t, one), state(t, two)
	if x.ID != y.ID || !x.Shared || !y.Shared {
		t.Errorf("State() = %+v and %+v, want one ID, and Shared", x, y)
	}
	f, g := follow(t, one, htmxrt.Position{}), follow(t, two, htmxrt.Position{})
	for i := range 20 {
		from := []htmxrt.Broker{one, two}[i%2]
		entries := newEntries(fmt.Sprint("entry ", i), 1+i%3)
		last := publish(t, from, entries...)
		p, q := f.wants(entries...), g.wants(entries...)
		for j := range p {
			if p[j] != q[j] {
				t.Fatalf("%.40q lies at %v for one node and at %v for another", entries[j].Data, p[j], q[j])
			}
		}
		if p[len(p)-1] != last {
			t.Errorf("Publish() = %v, but its last entry lies at %v", last, p[len(p)-1])
		}
	}
	if x, y := state(t, one), state(t, two); x != y {
		t.Errorf("State() = %+v and %+v, want the same", x, y)
	}
}

// testBroken has a follower that has read, another that has not begun to, and
// one that waits in a delivery, go on after something has happened to the engine.
func testBroken(t *testing.T, e Engine, happens func(*testing.T)) {
	b := e.node(t)
	id := state(t, b).ID
	f := follow(t, b, htmxrt.Position{})
	held := followHeld(t, b, htmxrt.Position{}, 2)
	var all []htmxrt.Entry
	for round := range 3 {
		entries := newEntries(fmt.Sprint("round ", round), 10)
		publish(t, e.node(t), entries[:5]...)
		f.wants(entries[:5]...)
		if round == 0 {
			held.wants(entries[0])
			receive(t, "the second delivery", held.held)
		}
		happens(t)
		publish(t, e.node(t), entries[5:]...)
		f.wants(entries[5:]...)
		all = append(all, entries...)
	}
	close(held.release)
	held.wants(all[1:]...)
	follow(t, b, htmxrt.Position{}).wants(all...)
	if s := stateSoon(t, b); s.ID != id {
		t.Errorf("State() = %+v, want the ID %q that it had", s, id)
	}
	last := newEntry("last")
	publishSoon(t, b, last)
	f.wants(last)
}

func testCut(t *testing.T, e Engine) { testBroken(t, e, e.Cut) }

func testRestart(t *testing.T, e Engine) { testBroken(t, e, e.Restart) }

func testDeaf(t *testing.T, e Engine) {
	b := e.node(t)
	f := follow(t, b, htmxrt.Position{})
	entries := newEntries("entry", 20)
	publish(t, b, entries[0])
	f.wants(entries[0])
	e.Deafen(t)
	publish(t, e.node(t), entries[1:]...)
	f.wants(entries[1:]...)
	last := newEntry("last")
	publishSoon(t, b, last)
	f.wants(last)
}

func testPause(t *testing.T, e Engine) {
	const bound = 10 * time.Second // and not until the caller's context ends
	b := e.node(t)
	f := follow(t, b, htmxrt.Position{})
	first, unclear, again := newEntry("first"), newEntry("unclear"), newEntry("again")
	publish(t, b, first)
	f.wants(first)
	resume := e.Pause(t)
	result := make(chan error, 2)
	timed := func(what string, call func(context.Context) error) {
		start := time.Now()
		err := call(context.Background())
		if took := time.Since(start); err == nil || took > bound {
			err = fmt.Errorf("%s = %v after %v while the engine is silent, want an error within %v", what, err, took, bound)
		} else {
			err = nil
		}
		result <- err
	}
	go timed("Publish", func(ctx context.Context) error { // received below
		_, err := b.Publish(ctx, unclear)
		return err
	})
	go timed("State", func(ctx context.Context) error { // received below
		_, err := b.State(ctx)
		return err
	})
	for range cap(result) {
		if err := receive(t, "Publish and State to fail while the engine is silent", result); err != nil {
			t.Error(err)
		}
	}
	resume(t)
	publishSoon(t, b, again)
	f.wantsAmong(again, unclear)
	last := newEntry("last")
	publishSoon(t, b, last)
	f.wantsAmong(last, unclear, again)
}
