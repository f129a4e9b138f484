package htmxrttest

import (
	"errors"
	"slices"
	"testing"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// lost fails the test unless Follow ends with ErrLogLost, and before that
// delivers only the entries given.
func (f *follower) lost(before ...htmxrt.Entry) {
	f.t.Helper()
	list, err := f.rest()
	if !errors.Is(err, htmxrt.ErrLogLost) {
		f.t.Errorf("Follow() = %v, want %v", err, htmxrt.ErrLogLost)
	}
	if !slices.EqualFunc(list, before, func(d delivery, e htmxrt.Entry) bool { return d.entry.ID == e.ID }) {
		f.t.Errorf("delivered %d entries, want %d", len(list), len(before))
	}
}

// beginsAnew fails the test unless b, which has reported a loss, now goes on with
// a log of the entries given.
func beginsAnew(t *testing.T, b htmxrt.Broker, entries ...htmxrt.Entry) {
	t.Helper()
	f := follow(t, b, stateSoon(t, b).Base)
	f.wants(entries...)
	last := newEntry("last")
	publishSoon(t, b, last)
	f.wants(last)
}

func testWipe(t *testing.T, e Engine) {
	b := e.node(t)
	before := state(t, b)
	entries := newEntries("entry", 5)
	publish(t, b, entries...)
	f := follow(t, b, htmxrt.Position{})
	f.wants(entries...)
	e.Wipe(t)
	f.lost()
	if s := stateSoon(t, b); s.ID == before.ID {
		t.Errorf("the new log has the id of the lost one, %q", s.ID)
	}
	beginsAnew(t, b)
}

func testWipeReused(t *testing.T, e Engine) {
	b := e.node(t)
	entries, others := newEntries("entry", 5), newEntries("other", 8)
	publishEach(t, b, entries...)
	f := followHeld(t, b, htmxrt.Position{}, 5)
	f.wants(entries[:4]...)
	receive(t, "the last delivery", f.held)
	e.Wipe(t)
	publishEach(t, e.node(t), others...)
	close(f.release)
	f.lost(entries[4])
	beginsAnew(t, b, others...)
}

// A rollback keeps the entries kept, takes away gone, and others may come to the
// same positions.
type rollback struct {
	e                  Engine
	b                  htmxrt.Broker
	kept, gone, others []htmxrt.Entry
	last               htmxrt.Position // of gone
	restore            func(*testing.T)
}

// newRollback publishes, through b itself or through another node.
func newRollback(t *testing.T, e Engine, own bool) *rollback {
	t.Helper()
	r := &rollback{
		e: e, b: e.node(t),
		kept: newEntries("kept", 5), gone: newEntries("gone", 5), others: newEntries("other", 8),
	}
	publishEach(t, r.b, r.kept...)
	r.restore = e.Snapshot(t)
	from := r.b
	if !own {
		from = e.node(t)
	}
	stateSoon(t, from)
	positions := publishEach(t, from, r.gone...)
	r.last = positions[len(positions)-1]
	return r
}

// reuse restores the copy, and publishes others through a new node.
func (r *rollback) reuse(t *testing.T) {
	t.Helper()
	r.restore(t)
	publishEach(t, r.e.node(t), r.others...)
}

func testRollback(t *testing.T, e Engine) {
	r := newRollback(t, e, false)
	f := follow(t, r.b, htmxrt.Position{})
	f.wants(slices.Concat(r.kept, r.gone)...)
	r.restore(t)
	f.lost()
	beginsAnew(t, r.b, r.kept...)
}

func testRollbackReused(t *testing.T, e Engine) {
	r := newRollback(t, e, false)
	all := slices.Concat(r.kept, r.gone)
	f := followHeld(t, r.b, htmxrt.Position{}, len(all))
	f.wants(all[:len(all)-1]...)
	receive(t, "the last delivery", f.held)
	r.reuse(t)
	close(f.release)
	f.lost(all[len(all)-1])
	beginsAnew(t, r.b, slices.Concat(r.kept, r.others)...)
}

// readAll follows up to the last entry, and ends.
func (r *rollback) readAll(t *testing.T) {
	t.Helper()
	f := follow(t, r.b, htmxrt.Position{})
	f.wants(slices.Concat(r.kept, r.gone)...)
	f.cancel()
	receive(t, "the end of Follow, whose context has ended", f.done)
}

func testRollbackNew(t *testing.T, e Engine) {
	r := newRollback(t, e, false)
	r.readAll(t)
	r.restore(t)
	follow(t, r.b, r.last).lost()
	beginsAnew(t, r.b, r.kept...)
}

func testRollbackNewReused(t *testing.T, e Engine) {
	r := newRollback(t, e, false)
	r.readAll(t)
	r.reuse(t)
	follow(t, r.b, r.last).lost()
	beginsAnew(t, r.b, slices.Concat(r.kept, r.others)...)
}

func testRollbackPublished(t *testing.T, e Engine) {
	r := newRollback(t, e, true)
	r.reuse(t)
	follow(t, r.b, r.last).lost()
	beginsAnew(t, r.b, slices.Concat(r.kept, r.others)...)
}
