package redis

import (
	"errors"
	"testing"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// What the suite does not do to an engine, because only Redis can do it.

func TestFollowerGoesOnAfterItsConnectionWasKilled(t *testing.T) {
	s := newServer(t)
	b := s.open(Options{})
	entries := newEntries("entry", 100)
	f := follow(t, b, htmxrt.Position{})
	for i, e := range entries {
		publish(t, b, e)
		if i%20 == 10 {
			f.wants(entries[i-10 : i+1]...)
			s.do("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
		} else if i%20 == 19 {
			f.wants(entries[i-8 : i+1]...)
		}
	}
}

// Redis writes its file anew from time to time, as commands that make what
// there is or as a snapshot. The log's id and what was trimmed are in it.
func TestLogIsTheSameAfterItsFileWasRewritten(t *testing.T) {
	for _, snapshot := range []string{"yes", "no"} {
		t.Run("aof-use-rdb-preamble "+snapshot, func(t *testing.T) {
			s := newServer(t, append([]string{"--aof-use-rdb-preamble", snapshot}, persistent...)...)
			full, empty := s.open(Options{MaxLen: 8}), s.open(Options{Namespace: "empty"})
			entries := newEntries("entry", 21)
			for _, e := range entries[:20] {
				publish(t, full, e)
			}
			f := follow(t, full, state(t, full).Base)
			f.wants(entries[12:20]...)
			want, wantEmpty := state(t, full), state(t, empty)
			s.do("BGREWRITEAOF")
			s.says("Background AOF rewrite finished successfully")
			s.restart()
			if got := state(t, full); got != want {
				t.Errorf("State() = %+v, it was %+v", got, want)
			}
			if got := state(t, empty); got != wantEmpty {
				t.Errorf("State() = %+v of the empty log, it was %+v", got, wantEmpty)
			}
			publish(t, full, entries[20])
			f.wants(entries[20])
		})
	}
}

// A cluster keeps the log on one of its nodes.
func TestLogInACluster(t *testing.T) {
	s := newServer(t, "--cluster-enabled", "yes")
	s.do("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
	s.says("Cluster state changed: ok")
	b := s.open(Options{})
	entries := newEntries("entry", 20)
	f := follow(t, b, htmxrt.Position{})
	publish(t, b, entries[0])
	f.wants(entries[0])
	publish(t, b, entries[1:]...)
	f.wants(entries[1:]...)
	s.do("FLUSHALL")
	f.wantsEnd(htmxrt.ErrLogLost)
	state(t, b)
}

// loses are the ways to lose the whole log.
var loses = []struct {
	name string
	lose func(*server)
}{
	{"a restart without data", (*server).restart},
	{"FLUSHALL", func(s *server) { s.do("FLUSHALL") }},
	{"the end of the stream", func(s *server) { s.do("DEL", "{test}:htmxrt:log") }},
}

func TestFollowEndsWithErrLogLostAfterAWipe(t *testing.T) {
	for _, tt := range loses {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t)
			b, other := s.open(Options{}), s.open(Options{})
			entries := newEntries("entry", 10)
			last := publish(t, b, entries...)
			f, g := follow(t, b, htmxrt.Position{}), follow(t, other, htmxrt.Position{})
			f.wants(entries...)
			g.wants(entries...)
			h := follow(t, s.open(Options{}), last)
			idle := follow(t, s.open(Options{Namespace: "idle"}), htmxrt.Position{}) // has read nothing
			before := state(t, b)

			tt.lose(s)
			if tt.name == "the end of the stream" {
				s.do("DEL", "{idle}:htmxrt:log")
			}
			idle.wantsEnd(htmxrt.ErrLogLost)
			f.wantsEnd(htmxrt.ErrLogLost)
			follow(t, b, last).wantsEnd(htmxrt.ErrLogLost)
			follow(t, b, htmxrt.Position{}).wantsEnd(htmxrt.ErrLogLost) // zero was in the old log
			after := state(t, b)
			if after.ID == before.ID || after.Last != (htmxrt.Position{}) {
				t.Errorf("State() = %+v, before the loss %+v; want another id and no entries", after, before)
			}
			g.wantsEnd(htmxrt.ErrLogLost)
			h.wantsEnd(htmxrt.ErrLogLost)
			if got := state(t, other).ID; got != after.ID {
				t.Errorf("the log's id is %s for one broker and %s for another", after.ID, got)
			}
			follow(t, b, last).wantsEnd(htmxrt.ErrLogLost)
			again := follow(t, b, after.Base)
			publish(t, other, entries...)
			again.wants(entries...)
		})
	}
}

// The first who publishes after a loss begins the new log.
func TestFollowEndsWithErrLogLostAfterAWipeAndNewEntries(t *testing.T) {
	for _, tt := range loses {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t)
			b := s.open(Options{})
			old, young := newEntries("old", 10), newEntries("young", 20)
			f := follow(t, b, htmxrt.Position{})
			last := publish(t, b, old...)
			f.wants(old...)
			before := state(t, b)

			tt.lose(s)
			publish(t, b, young...)
			f.wantsEnd(htmxrt.ErrLogLost)
			follow(t, b, last).wantsEnd(htmxrt.ErrLogLost)
			follow(t, b, htmxrt.Position{}).wantsEnd(htmxrt.ErrLogLost) // zero was in the old log
			after := state(t, b)
			if after.ID == before.ID || after.Base != (htmxrt.Position{}) {
				t.Errorf("State() = %+v, before the loss %+v; want another id", after, before)
			}
			follow(t, b, last).wantsEnd(htmxrt.ErrLogLost)
			follow(t, b, after.Base).wants(young...)
		})
	}
}

func TestFollowEndsWithErrLogLostAfterARollback(t *testing.T) {
	for _, tt := range []struct {
		name  string
		young int // entries that are published after the rollback
	}{
		{"before new entries", 0},
		{"after new entries", 30},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t, persistent...)
			b, behind := s.open(Options{}), s.open(Options{})
			old, lost, young := newEntries("old", 10), newEntries("lost", 10), newEntries("young", tt.young)
			kept := publish(t, b, old...)
			backup := s.backup()
			last := publish(t, b, lost...)
			f := follow(t, b, htmxrt.Position{})
			f.wants(append(old, lost...)...)
			g := follow(t, behind, htmxrt.Position{})
			g.wants(old[:5]...) // it holds more, but has delivered no more than the next
			before := state(t, b)

			s.restore(backup)
			if len(young) > 0 {
				publish(t, s.open(Options{}), young...)
			}
			f.wantsEnd(htmxrt.ErrLogLost)
			follow(t, b, last).wantsEnd(htmxrt.ErrLogLost)
			after := state(t, b)
			if after.ID == before.ID {
				t.Errorf("the log's id is still %s", after.ID)
			}
			follow(t, b, last).wantsEnd(htmxrt.ErrLogLost)
			again := follow(t, b, after.Base)
			again.wants(old...)
			again.wants(young...)
			g = follow(t, behind, kept) // a node that was before the rollback is told
			g.wantsEnd(htmxrt.ErrLogLost)
			if got := state(t, behind).ID; got != after.ID {
				t.Errorf("another node's id of the log is %s, want %s", got, after.ID)
			}
			further := follow(t, behind, kept)
			further.wants(young...)
			fence := newEntry("fence")
			publish(t, b, fence)
			again.wants(fence)
			further.wants(fence)
		})
	}
}

// With a clock that was set back another entry may get the same position.
func TestFollowEndsWithErrLogLostWhenAnotherEntryIsAtItsPosition(t *testing.T) {
	s := newServer(t)
	b := s.open(Options{})
	entries := newEntries("entry", 3)
	f := follow(t, b, htmxrt.Position{})
	last := publish(t, b, entries...)
	f.wants(entries...)
	id := state(t, b).ID

	other := newEntry("another")
	rewrite := `redis.call("DEL", KEYS[1])
		redis.call("XADD", KEYS[1], ARGV[1], "id", ARGV[2], "data", "another")
		redis.call("XGROUP", "CREATE", KEYS[1], "htmxrt:" .. ARGV[3], 0)`
	s.do("EVAL", rewrite, "1", "{test}:htmxrt:log", formatPlace(last), string(other.ID[:]), id)
	f.wantsEnd(htmxrt.ErrLogLost)
	follow(t, b, last).wantsEnd(htmxrt.ErrLogLost)
	again := follow(t, b, state(t, b).Base)
	again.wants(other)
}

func TestPublishFailsInTimeWhileTheServerIsPaused(t *testing.T) {
	s := newServer(t)
	b := s.open(Options{})
	f := follow(t, b, htmxrt.Position{})
	first := newEntry("first")
	publish(t, b, first)
	f.wants(first)

	s.pause()
	results := make(chan error)
	const calls = 100 // more than have a turn at once
	for range calls {
		go func() { // ends in time, which is what is tested
			_, err := b.Publish(t.Context(), newEntry("lost or not"))
			results <- err
		}()
	}
	start := time.Now()
	for range calls {
		if err := receive(t, "Publish", results); err == nil {
			t.Error("Publish succeeds while the server is paused")
		}
	}
	if took, most := time.Since(start), 5*quick.patience; took > most {
		t.Errorf("Publish fails after %v, want %v at most", took, most)
	}
	if _, err := b.State(t.Context()); !errors.Is(err, errSilence) {
		t.Errorf("State() = %v, want %v", err, errSilence)
	}

	s.resume()
	fence := newEntry("fence")
	publish(t, b, fence)
	for {
		r := receive(t, "the fence", f.came)
		if r.entry.ID == fence.ID {
			return
		}
		if string(r.entry.Data) != "lost or not" {
			t.Fatalf("delivered %q", r.entry.Data)
		}
	}
}

func TestCloseEndsAllCallsWhileTheServerIsPaused(t *testing.T) {
	s := newServer(t)
	o := Options{URL: s.url(), Namespace: "test"}
	slow := quick
	slow.patience = 10 * guard
	b, err := open(t.Context(), o, slow)
	if err != nil {
		t.Fatal(err)
	}
	s.pause()
	f := follow(t, b, htmxrt.Position{})
	results := make(chan error)
	go func() { // ends with Close
		_, err := b.Publish(t.Context(), newEntry("entry"))
		results <- err
	}()
	go func() { // ends with Close
		_, err := b.State(t.Context())
		results <- err
	}()
	b.Close()
	f.wantsEnd(htmxrt.ErrClosed)
	for range 2 {
		if err := receive(t, "a call to end", results); !errors.Is(err, htmxrt.ErrClosed) {
			t.Errorf("a call returns %v, want %v", err, htmxrt.ErrClosed)
		}
	}
}

// Two nodes may find at once that there is no log.
func TestNobodyBeginsALogThatIsThere(t *testing.T) {
	s := newServer(t)
	b := s.open(Options{})
	last := publish(t, b, newEntries("entry", 3)...)
	want := state(t, b)
	c, done := b.call(t.Context(), guard)
	defer done()
	if err := b.begin(c); err != nil {
		t.Fatal(err)
	}
	if got := state(t, b); got != want || got.Last != last {
		t.Errorf("State() = %+v, it was %+v", got, want)
	}
	size := s.do("DBSIZE")
	if n, err := size.AsInt64(); err != nil || n != 1 {
		t.Errorf("the server has %d keys, %v; want the log alone", n, err)
	}
}
