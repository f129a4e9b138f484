package htmxrt

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

func newTestWindow(tb testing.TB, bounds Window) *window {
	tb.Helper()
	bounds, err := bounds.complete()
	if err != nil {
		tb.Fatal(err)
	}
	w := newWindow(bounds)
	w.restart(&place{log: newLogTag("log"), keys: newTestKeys(tb)})
	return w
}

// put appends a message of topic as entry n, whose tag is 100 n.
func put(w *window, n uint64, topic, key string) *message {
	m := &message{kind: kindMessage, topic: topic, key: key, size: entryOverhead + 100}
	m.mark, m.log = mark{pos: Position{Lo: n}, tag: uint32(100 * n)}, newLogTag("log")
	w.append(&m.place, [16]byte{byte(n), byte(n >> 8)}, m)
	return m
}

// readAll returns the positions of topics' messages after one.
func readAll(t *testing.T, w *window, after uint64, topics ...string) []uint64 {
	t.Helper()
	var list []uint64
	for {
		batch, more, err := w.read(make([]*message, 0, 3), Position{Lo: after}, topics)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range batch {
			after = m.pos.Lo
			list = append(list, after)
		}
		if !more {
			return list
		}
	}
}

func TestWindowReadsTopicsInTheLogsOrder(t *testing.T) {
	w := newTestWindow(t, Window{})
	for n, topic := range []string{"a", "b", "c", "a", "c", "b", "a", "a"} {
		put(w, uint64(n+1), topic, "")
	}
	tests := []struct {
		after  uint64
		topics []string
		want   []uint64
	}{
		{after: 0, topics: []string{"a"}, want: []uint64{1, 4, 7, 8}},
		{after: 0, topics: []string{"a", "b"}, want: []uint64{1, 2, 4, 6, 7, 8}},
		{after: 4, topics: []string{"a", "c"}, want: []uint64{5, 7, 8}},
		{after: 8, topics: []string{"a", "b", "c"}},
		{after: 0, topics: []string{"none"}},
	}
	for _, tt := range tests {
		if got := readAll(t, w, tt.after, tt.topics...); !slices.Equal(got, tt.want) {
			t.Errorf("read(%d, %q) = %d, want %d", tt.after, tt.topics, got, tt.want)
		}
	}
}

func TestWindowLocatesOnlyWhatItCanReadOnFrom(t *testing.T) {
	w := newTestWindow(t, Window{Count: 3})
	for n := range uint64(6) {
		put(w, n+1, "a", "")
	}
	log := newLogTag("log") // holds 4, 5, 6; 3 is the base
	tests := []struct {
		name string
		log  logTag
		mark mark
		want error
	}{
		{name: "the newest", log: log, mark: mark{pos: Position{Lo: 6}, tag: 600}},
		{name: "the base", log: log, mark: mark{pos: Position{Lo: 3}, tag: 300}},
		{name: "rolled back and written anew", log: log, mark: mark{pos: Position{Lo: 5}, tag: 501}, want: errRewound},
		{name: "the base, written anew", log: log, mark: mark{pos: Position{Lo: 3}, tag: 301}, want: errRewound},
		{name: "trimmed", log: log, mark: mark{pos: Position{Lo: 2}, tag: 200}, want: errTrimmed},
		{name: "another log", log: newLogTag("other"), mark: mark{pos: Position{Lo: 6}, tag: 600}, want: errRewound},
		{name: "ahead", log: log, mark: mark{pos: Position{Lo: 7}, tag: 700}, want: errAhead},
	}
	for _, tt := range tests {
		if err := w.locate(tt.log, tt.mark); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	if _, _, err := w.read(nil, Position{Lo: 2}, []string{"a"}); !errors.Is(err, errTrimmed) {
		t.Errorf("read from a trimmed position: %v, want %v", err, errTrimmed)
	}
}

func TestWindowIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		byCount := newTestWindow(t, Window{Count: 10})
		byBytes := newTestWindow(t, Window{Bytes: 5 * (entryOverhead + 100)})
		byAge := newTestWindow(t, Window{Age: time.Minute})
		for n := range uint64(100) {
			for _, w := range []*window{byCount, byBytes, byAge} {
				put(w, n+1, "topic"+strconv.Itoa(int(n%7)), "")
			}
			time.Sleep(10 * time.Second)
		}
		for _, tt := range []struct {
			w    *window
			want int
		}{{byCount, 10}, {byBytes, 5}, {byAge, 7}} {
			entries, bytes := tt.w.usage()
			if entries != tt.want || bytes != entries*(entryOverhead+100) || len(tt.w.topics) > 7 {
				t.Errorf("%d entries, %d bytes, %d topics; want %d entries", entries, bytes, len(tt.w.topics), tt.want)
			}
		}
	})
}

// What the window knows of ids is what is in range, doubles among them.
func TestWindowHoldsTheIDsInRange(t *testing.T) {
	w := newTestWindow(t, Window{Count: 3})
	id := func(n byte) [16]byte { return [16]byte{n} }
	add := func(pos uint64, n byte) { w.append(&place{mark: mark{pos: Position{Lo: pos}}}, id(n), nil) }
	add(1, 1)
	add(2, 2)
	add(3, 1)
	add(4, 4) // the first 1 is gone, the second one is there
	if !w.holds(id(1)) || !w.holds(id(2)) || !w.holds(id(4)) || w.holds(id(3)) {
		t.Errorf("holds %v", w.ids)
	}
	add(5, 5)
	add(6, 6)
	if w.holds(id(1)) {
		t.Error("holds an id that is out of range")
	}
	for n := range uint64(1000) {
		add(7+n, byte(n))
	}
	if len(w.ids) != 3 {
		t.Errorf("%d ids for 3 entries", len(w.ids))
	}
	w.restart(&place{})
	if len(w.ids) != 0 {
		t.Errorf("%d ids after a restart", len(w.ids))
	}
}

func TestLatestKeepsThePlaceOfWhatItReplaces(t *testing.T) {
	w := newTestWindow(t, Window{Count: 100})
	put(w, 1, "a", "k")
	put(w, 2, "a", "other")
	put(w, 3, "b", "k")
	put(w, 4, "a", "k")
	m := put(w, 5, "a", "")
	m.key = "" // a message without a key replaces nothing
	if got, want := readAll(t, w, 0, "a", "b"), []uint64{2, 3, 4, 5}; !slices.Equal(got, want) {
		t.Errorf("kept %d, want %d", got, want)
	}
	if err := w.locate(newLogTag("log"), mark{pos: Position{Lo: 1}, tag: 100}); err != nil {
		t.Errorf("the superseded message's cursor: %v", err)
	}
	_, bytes := w.usage()
	if want := 5*entryOverhead + 4*100; bytes != want {
		t.Errorf("%d bytes accounted, want %d", bytes, want)
	}
}

func TestLatestOfAnotherAudienceReplacesNothing(t *testing.T) {
	w := newTestWindow(t, Window{})
	for n, user := range []string{"alice", "bob", "alice"} {
		m := &message{kind: kindMessage, topic: "a", key: "k", audience: audience{named: true, users: []string{user}}}
		m.mark = mark{pos: Position{Lo: uint64(n + 1)}}
		w.append(&m.place, [16]byte{}, m)
	}
	if got, want := readAll(t, w, 0, "a"), []uint64{2, 3}; !slices.Equal(got, want) {
		t.Errorf("kept %d, want %d", got, want)
	}
}

// A window under random traffic answers like a list of everything.
func TestWindowAgreesWithAModel(t *testing.T) {
	const bound = 50
	w := newTestWindow(t, Window{Count: bound})
	random := rand.New(rand.NewPCG(3, 4))
	type entry struct {
		n          uint64
		topic, key string
	}
	var all []entry
	for n := uint64(1); n <= 3000; n++ {
		e := entry{n: n, topic: fmt.Sprint("t", random.IntN(5))}
		if random.IntN(3) == 0 {
			e.key = fmt.Sprint("k", random.IntN(2))
		}
		put(w, n, e.topic, e.key)
		all = append(all, e)

		kept := all[max(0, len(all)-bound):]
		after := n - uint64(random.IntN(len(kept)+1))
		var want []uint64
		for i, e := range kept {
			replaced := slices.ContainsFunc(kept[i+1:], func(o entry) bool {
				return e.key != "" && o.key == e.key && o.topic == e.topic
			})
			if e.n > after && (e.topic == "t1" || e.topic == "t3") && !replaced {
				want = append(want, e.n)
			}
		}
		if got := readAll(t, w, after, "t1", "t3"); !slices.Equal(got, want) {
			t.Fatalf("after %d of %d: %d, want %d", after, n, got, want)
		}
	}
}
