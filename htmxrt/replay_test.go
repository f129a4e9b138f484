package htmxrt_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

// say sends texts from alice to "room", for everyone.
func say(t *testing.T, hub *htmxrt.Hub, texts ...string) {
	t.Helper()
	for _, text := range texts {
		send(t, hub, from(alice), htmxrt.Text(text), htmxrt.Everyone())
	}
}

// hear returns the data of the next n events.
func hear(stream *htmxrttest.Stream, n int) (list []string) {
	for range n {
		list = append(list, stream.Next().Data)
	}
	return list
}

func TestReplay(t *testing.T) {
	t.Run("resume_last_event_id_no_gap_no_dup", func(t *testing.T) {
		s := newScene(t, htmxrt.Options{})
		first := s.enter("alice")
		say(t, s.hub, "seen")
		last := first.Next().ID
		first.Close()
		var want []string
		for i := range 50 {
			want = append(want, fmt.Sprint("missed ", i))
			if err := s.hub.Send(from(alice), "other", htmxrt.Text("elsewhere"), htmxrt.Everyone()); err != nil {
				t.Fatal(err)
			}
		}
		say(t, s.hub, want...)
		again := s.enter("alice", htmxrttest.LastEventID(htmxrt.Cursor(last)))
		say(t, s.hub, "live")
		if got := hear(again, 51); !slices.Equal(got, append(want, "live")) {
			t.Errorf("received %q", got)
		}
	})
	t.Run("resume_filters_again", func(t *testing.T) {
		s := newScene(t, htmxrt.Options{})
		start := s.hub.Cursor()
		send(t, s.hub, from(alice), htmxrt.Text("for alice"))
		send(t, s.hub, from(bob), htmxrt.Text("for bob"))
		s.enter("bob", htmxrttest.As(bob), htmxrttest.LastEventID(start))
		s.enter("guest", htmxrttest.As(htmxrt.Anonymous()), htmxrttest.LastEventID(start))
		s.enter("unknown", htmxrttest.LastEventID(start))
		if got := s.received(t); !slices.Equal(got, []string{"bob"}) {
			t.Errorf("replayed to %q, want bob and nobody else", got)
		}
	})
	t.Run("the header decides alone", func(t *testing.T) {
		s := newScene(t, htmxrt.Options{})
		start := s.hub.Cursor()
		say(t, s.hub, "old")
		s.settle()
		now := s.hub.Cursor()
		s.enter("stale after", htmxrttest.LastEventID(now), htmxrttest.After(start))
		if got := s.received(t); len(got) > 0 {
			t.Errorf("after was obeyed beside Last-Event-ID: %q", got)
		}
		bad := s.server.Open("/room", htmxrttest.LastEventID("garbage"), htmxrttest.After(start))
		if got := bad.Next(); got.Name != "htmxrt-reset" {
			t.Errorf("a bad header beside a good after: %+v, want a reset", got)
		}
	})
	t.Run("latest collapses for those who read on", func(t *testing.T) {
		s := newScene(t, htmxrt.Options{})
		start := s.hub.Cursor()
		for i := range 5 {
			send(t, s.hub, from(alice), htmxrt.Text(fmt.Sprint("price ", i)), htmxrt.Everyone(), htmxrt.Latest("price"))
		}
		say(t, s.hub, "fence")
		s.settle()
		if got := hear(s.enter("late", htmxrttest.After(start)), 2); !slices.Equal(got, []string{"price 4", "fence"}) {
			t.Errorf("replayed %q", got)
		}
	})
	t.Run("ephemeral sends have no id and are not replayed", func(t *testing.T) {
		s := newScene(t, htmxrt.Options{})
		start := s.hub.Cursor()
		live := s.enter("live")
		send(t, s.hub, from(alice), htmxrt.Text("typing"), htmxrt.Everyone(), htmxrt.Ephemeral())
		if got := live.Next(); got.Data != "typing" || got.HasID {
			t.Errorf("live: %+v, want typing without an id", got)
		}
		s.enter("late", htmxrttest.After(start))
		if got := s.received(t); len(got) > 0 {
			t.Errorf("replayed to %q", got)
		}
	})
}

// settle waits until all that was sent has been read from the log.
func (s *scene) settle() {
	fence := s.server.Open("/other")
	_ = s.hub.Send(context.Background(), "other", htmxrt.Text("settled"), htmxrt.Everyone())
	for fence.Next().Data != "settled" {
	}
	fence.Close()
}

func TestResetsInsteadOfGaps(t *testing.T) {
	t.Run("resume_garbage_or_foreign_id", func(t *testing.T) {
		s := newScene(t, htmxrt.Options{})
		other := htmxrttest.NewHub(t, htmxrt.Options{})
		good := string(s.hub.Cursor())
		for name, cursor := range map[string]string{
			"garbage":   "42",
			"truncated": good[1:],
			"foreign":   string(other.Cursor()),
			"forged":    good[:40] + "1" + good[41:],
			"oversized": strings.Repeat(good, 40),
		} {
			for _, opt := range []htmxrttest.OpenOption{
				htmxrttest.LastEventID(htmxrt.Cursor(cursor)), htmxrttest.After(htmxrt.Cursor(cursor)),
			} {
				stream := s.server.Open("/room", opt)
				say(t, s.hub, "live")
				reset, live := stream.Next(), stream.Next()
				if reset.Name != "htmxrt-reset" || reset.Data != `{"reason":"cursor"}` || reset.ID == "" || live.Data != "live" {
					t.Errorf("%s: %+v, then %+v; want a reset, then live from now", name, reset, live)
				}
			}
		}
	})
	t.Run("resume_too_old_signals_refetch", func(t *testing.T) {
		s := newScene(t, htmxrt.Options{Window: htmxrt.Window{Count: 3}})
		start := s.hub.Cursor()
		say(t, s.hub, "1", "2", "3", "4")
		s.settle()
		stream := s.enter("late", htmxrttest.LastEventID(start))
		if got := stream.Next(); got.Name != "htmxrt-reset" || got.Data != `{"reason":"trimmed"}` {
			t.Errorf("first event = %+v, want one reset", got)
		}
		say(t, s.hub, "live")
		if got := stream.Next(); got.Data != "live" {
			t.Errorf("after the reset: %+v", got)
		}
	})
	t.Run("a restarted log", func(t *testing.T) {
		key := make([]byte, 32)
		before := newScene(t, htmxrt.Options{Key: key})
		say(t, before.hub, "lost")
		before.settle()
		cursor := before.hub.Cursor()
		if err := before.hub.Shutdown(context.Background()); err != nil {
			t.Fatal(err)
		}
		after := newScene(t, htmxrt.Options{Key: key})
		got := after.enter("returning", htmxrttest.LastEventID(cursor)).Next()
		if got.Name != "htmxrt-reset" || got.Data != `{"reason":"rewound"}` {
			t.Errorf("first event = %+v, want a reset", got)
		}
	})
	t.Run("a cursor ahead of this node waits for it, then is reset", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			// Two nodes with one key read one log; the second one's is held up.
			log := htmxrt.NewMemoryBroker(htmxrt.Window{})
			gate := &gated{Broker: log, open: make(chan struct{})}
			key := make([]byte, 32)
			ahead := newScene(t, htmxrt.Options{Broker: keepOpen{log}, Key: key})
			behind := newScene(t, htmxrt.Options{Broker: gate, Key: key})
			say(t, ahead.hub, "seen on the other node")
			synctest.Wait()
			cursor := ahead.hub.Cursor()

			start := time.Now()
			got := behind.server.Open("/room", htmxrttest.LastEventID(cursor)).Next()
			if waited := time.Since(start); got.Name != "htmxrt-reset" || waited != 2*time.Second {
				t.Errorf("%+v after %v, want a reset after 2s", got, waited)
			}
			opened := make(chan *htmxrttest.Stream)
			go func() { opened <- behind.server.Open("/room", htmxrttest.LastEventID(cursor)) }() // received below
			synctest.Wait()
			close(gate.open)
			stream := <-opened
			say(t, ahead.hub, "next")
			if got := stream.Next(); got.Data != "next" {
				t.Errorf("the node caught up, but the client received %+v", got)
			}
		})
	})
}

// gated delivers nothing until it is opened.
type gated struct {
	htmxrt.Broker
	open chan struct{}
}

func (g *gated) Follow(ctx context.Context, after htmxrt.Position, deliver func(htmxrt.Position, htmxrt.Entry) error) error {
	return g.Broker.Follow(ctx, after, func(p htmxrt.Position, e htmxrt.Entry) error {
		select {
		case <-g.open:
			return deliver(p, e)
		case <-ctx.Done():
			return ctx.Err()
		}
	})
}

// A log that is lost while streams are open resets them all and goes on.
func TestLostLogResetsOpenStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &replaceable{current: htmxrt.NewMemoryBroker(htmxrt.Window{})}
		s := newScene(t, htmxrt.Options{Broker: b})
		stream := s.enter("alice")
		say(t, s.hub, "before")
		if got := stream.Next().Data; got != "before" {
			t.Fatal(got)
		}
		b.lose()
		got := stream.Next()
		if got.Name != "htmxrt-reset" || got.Data != `{"reason":"rewound"}` {
			t.Errorf("after the loss: %+v, want a reset", got)
		}
		time.Sleep(time.Second) // the bubble's: the hub follows the new log
		say(t, s.hub, "after")
		if got := stream.Next().Data; got != "after" {
			t.Errorf("on the new log: %q", got)
		}
	})
}

// TestNoGapAtBirth: a page misses nothing between its rendering and its
// connection, because the cursor is taken when its request begins.
func TestNoGapAtBirth(t *testing.T) {
	for _, moment := range []string{"in the handler, before the page is read from the database", "in the handler, after it was read", "between render and connect"} {
		t.Run("connect_race_no_lost_message/"+moment, func(t *testing.T) {
			hub := htmxrttest.NewHub(t, htmxrt.Options{})
			var page htmxrt.Connection
			mux := http.NewServeMux()
			mux.Handle("/_rt/stream", hub)
			mux.HandleFunc("/page", func(_ http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(moment, "in the handler") {
					say(t, hub, "raced")
				}
				var err error
				if page, err = htmxrt.Connect(r.Context(), "room"); err != nil {
					t.Error(err)
				}
			})
			server := htmxrttest.NewServer(t, hub.Middleware(mux))
			say(t, hub, "old")
			server.Get("/page", htmxrttest.As(alice)).Body.Close()
			if moment == "between render and connect" {
				say(t, hub, "raced")
			}
			stream := server.Open(page.URL, htmxrttest.As(alice))
			say(t, hub, "live")
			got := hear(stream, 2)
			if got[0] == "old" { // the handler's node had not read it when the request began
				got = append(got[1:], stream.Next().Data)
			}
			if !slices.Equal(got, []string{"raced", "live"}) {
				t.Errorf("received %q, want raced and live", got)
			}
		})
	}
}

// TestCompleteOrResetNeverSilence follows clients that come and go over a
// random schedule, with a window so small that some return too late: between
// two resets each has seen all messages, once and in order.
func TestCompleteOrResetNeverSilence(t *testing.T) {
	for seed := range uint64(60) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { wander(t, seed) })
		})
	}
}
