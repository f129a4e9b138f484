package redis

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
)

const testLog = "{test}:htmxrt:log"

// addAt adds an entry whose position is at so many milliseconds.
func (s *server) addAt(ms int, e htmxrt.Entry) {
	s.t.Helper()
	s.do("XADD", testLog, fmt.Sprintf("%d-1", ms), fieldID, string(e.ID[:]), fieldData, string(e.Data))
}

func TestOldEntriesAreTrimmed(t *testing.T) {
	s := newServer(t)
	b := s.open(Options{MaxAge: time.Minute})
	f := follow(t, b, htmxrt.Position{})
	entries := newEntries("entry", 130)
	for i, e := range entries[:128] { // one a second
		s.addAt(1_000_000+i*1000, e)
	}
	f.wants(entries[:128]...)
	s.addAt(1_128_000, entries[128])
	f.wants(entries[128])
	s.addAt(1_128_500, entries[129]) // the follower has trimmed before it reads this
	f.wants(entries[129])

	got := state(t, b)
	at := func(i int) htmxrt.Position { return htmxrt.Position{Hi: uint64(1_000_000 + i*1000), Lo: 1} }
	// The newest that is a minute older than what was read at the last time
	// that it trimmed, which is a sixteenth of a minute back at most.
	if got.Base.Compare(at(128-60)) > 0 || got.Base.Compare(at(128-60-4)) < 0 || got.First.Hi != got.Base.Hi+1000 {
		t.Errorf("State() = %+v, want Base a minute before %v, and First the next", got, at(128))
	}
	first := int(got.First.Hi-1_000_000) / 1000
	follow(t, b, got.Base).wants(entries[first:]...)
	follow(t, b, at(first-2)).wantsEnd(htmxrt.ErrTrimmed)
	follow(t, b, htmxrt.Position{}).wantsEnd(htmxrt.ErrTrimmed)
}

// After a long silence everything is old, but nobody who has read it all has
// missed anything.
func TestSilenceTrimsNothingThatAFollowerNeeds(t *testing.T) {
	s := newServer(t)
	b := s.open(Options{MaxAge: time.Second})
	f := follow(t, b, htmxrt.Position{})
	entries := newEntries("entry", 40)
	for i, e := range entries {
		s.addAt(1+i, e)
	}
	f.wants(entries...)
	last := htmxrt.Position{Hi: 40, Lo: 1}
	late := s.open(Options{MaxAge: time.Second})
	young := newEntries("young", 3)
	for _, e := range young { // now, so all the others are old
		publish(t, b, e)
		f.wants(e)
	}
	if base := state(t, b).Base; base != last {
		t.Errorf("Base is %v, want %v", base, last)
	}
	follow(t, late, last).wants(young...)
}

// Between two reads, more may be added and removed than is kept.
func TestReadsProveThatNothingIsMissing(t *testing.T) {
	s := newServer(t)
	b := s.open(Options{MaxLen: 8})
	fromZero := b.follower(htmxrt.Position{})
	if records, err := fromZero.read(t.Context(), false); len(records) > 0 || err != nil {
		t.Fatalf("read() = %d entries, %v", len(records), err)
	}
	last := publish(t, b, newEntries("entry", 4)...)
	f := b.follower(last)
	if records, err := f.read(t.Context(), false); len(records) > 0 || err != nil {
		t.Fatalf("read() = %d entries, %v", len(records), err)
	}
	publish(t, b, newEntries("entry", 8)...)
	if records, err := f.read(t.Context(), false); len(records) != 8 || err != nil {
		t.Errorf("read() = %d entries, %v; want 8", len(records), err)
	}
	publish(t, b, newEntry("one too many"))
	if _, err := f.read(t.Context(), false); !errors.Is(err, htmxrt.ErrTrimmed) {
		t.Errorf("read() = %v, want %v", err, htmxrt.ErrTrimmed)
	}
	if _, err := fromZero.read(t.Context(), false); !errors.Is(err, htmxrt.ErrTrimmed) {
		t.Errorf("read() = %v from zero, want %v", err, htmxrt.ErrTrimmed)
	}
}

func TestLogThatWasEmptiedByHand(t *testing.T) {
	s := newServer(t)
	b := s.open(Options{})
	entries := newEntries("entry", 10)
	before := publish(t, b, entries[:9]...)
	last := publish(t, b, entries[9])
	s.do("XTRIM", testLog, "MAXLEN", "=", "0")
	want := htmxrt.LogState{ID: state(t, b).ID, Last: last, Base: last, Shared: true}
	if got := state(t, b); got != want {
		t.Errorf("State() = %+v, want %+v", got, want)
	}
	follow(t, b, before).wantsEnd(htmxrt.ErrTrimmed)
	follow(t, b, htmxrt.Position{}).wantsEnd(htmxrt.ErrTrimmed)
	f := b.follower(last)
	if records, err := f.read(t.Context(), false); len(records) > 0 || err != nil {
		t.Fatalf("read() = %d entries, %v", len(records), err)
	}
	publish(t, b, newEntry("young"))
	if records, err := f.read(t.Context(), false); len(records) != 1 || err != nil {
		t.Errorf("read() = %d entries, %v; want 1", len(records), err)
	}
	s.do("XTRIM", testLog, "MAXLEN", "=", "0")
	if _, err := f.read(t.Context(), false); !errors.Is(err, htmxrt.ErrTrimmed) {
		t.Errorf("read() = %v when another was removed, want %v", err, htmxrt.ErrTrimmed)
	}
}

func TestForeignEntriesKeepTheirPlace(t *testing.T) {
	s := newServer(t)
	a, b := s.open(Options{}), s.open(Options{})
	f, g := follow(t, a, htmxrt.Position{}), follow(t, b, htmxrt.Position{})
	ids := map[[16]byte]bool{{}: true}
	for _, fields := range [][]string{
		{"some", "thing"},
		{"id", "short", "data", "x"},
		{"id", "0123456789abcdef"},
		{"id", "0123456789abcdef", "data", "x", "more", "y"},
		{"data", "x", "id", "0123456789abcdef"},
		{"", ""},
	} {
		s.do(append([]string{"XADD", testLog, "*"}, fields...)...)
		x, y := receive(t, "a foreign entry", f.came), receive(t, "a foreign entry", g.came)
		if x.place != y.place || x.entry.ID != y.entry.ID || string(x.entry.Data) != string(y.entry.Data) {
			t.Errorf("%q is %+v for one broker and %+v for the other", fields, x, y)
		}
		if ids[x.entry.ID] {
			t.Errorf("%q has the id of another entry, or none", fields)
		}
		ids[x.entry.ID] = true
	}
	fence := newEntry("fence")
	publish(t, a, fence)
	f.wants(fence)
	g.wants(fence)
}
