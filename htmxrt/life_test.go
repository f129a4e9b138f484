package htmxrt_test

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

func TestHeartbeatCarriesTheCursor(t *testing.T) {
	t.Run("heartbeat_comment_interval_and_no_event", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newScene(t, htmxrt.Options{})
			stream := s.enter("alice")
			start := time.Now()
			if err := s.hub.Send(from(alice), "other", htmxrt.Text("elsewhere"), htmxrt.Everyone()); err != nil {
				t.Fatal(err)
			}
			beat := raw(stream)
			if got := time.Since(start); got != 15*time.Second || beat.Name != "htmxrt-beat" || beat.Data != "" {
				t.Errorf("%+v after %v, want htmxrt-beat after 15s", beat, got)
			}
			if beat.ID != string(s.hub.Cursor()) {
				t.Error("a quiet topic's stream fell behind the log")
			}
			time.Sleep(5 * time.Second)
			say(t, s.hub, "traffic")
			stream.Next()
			traffic := time.Now()
			raw(stream)
			if got := time.Since(traffic); got != 15*time.Second {
				t.Errorf("next beat %v after traffic, want 15s", got)
			}
		})
	})
}

func TestStreamsEndAtTheirAgeAndResume(t *testing.T) {
	t.Run("max_lifetime_closes_with_jitter_and_resumes", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newScene(t, htmxrt.Options{MaxAge: 10 * time.Minute})
			ages := make(map[time.Duration]bool)
			start := time.Now()
			for i := range 8 {
				s.enter(fmt.Sprint(i))
			}
			for _, stream := range s.streams {
				bye := stream.Next()
				age := time.Since(start)
				if bye.Name != "htmxrt-bye" || bye.Retry <= 0 || age > 10*time.Minute {
					t.Errorf("%+v at %v", bye, age)
				}
			}
			for range 8 {
				at := time.Now()
				bye := s.server.Open("/room").Next()
				age := time.Since(at)
				ages[age] = true
				if bye.Name != "htmxrt-bye" || age < 8*time.Minute || age > 10*time.Minute {
					t.Errorf("%+v after %v, want htmxrt-bye after 8 to 10 min", bye, age)
				}
			}
			if len(ages) < 6 {
				t.Errorf("ages are not spread: %v", ages)
			}
		})
	})
}

// TestSendNeverWaitsForABrowser: one that stops reading delays nobody, costs
// bounded memory, and is cut off by the write deadline.
func TestSendNeverWaitsForABrowser(t *testing.T) {
	for _, scenario := range []string{"stalled_reader_does_not_block_sender", "stalled_reader_is_dropped"} {
		t.Run(scenario, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newScene(t, htmxrt.Options{Window: htmxrt.Window{Bytes: 1 << 20}})
				stalled := s.server.Stall("/room")
				healthy := s.enter("healthy")
				start := time.Now()
				large := strings.Repeat("x", 16<<10)
				for i := range 500 {
					say(t, s.hub, fmt.Sprint(i, large))
					if got := healthy.Next().Data; got != fmt.Sprint(i, large) {
						t.Fatalf("message %d arrived as %.10s", i, got)
					}
				}
				if waited := time.Since(start); waited != 0 {
					t.Errorf("500 sends waited %v for a stalled reader", waited)
				}
				stats := s.hub.Stats()
				if stats.WindowBytes > 1<<20 || stats.Streams != 2 {
					t.Errorf("stats = %+v, want at most 1 MiB and two streams", stats)
				}
				stalled.AwaitEnd()
				if waited := time.Since(start); waited != 10*time.Second {
					t.Errorf("the stalled reader was cut off after %v, want 10s", waited)
				}
			})
		})
	}
}

// A client that reads slowly, but reads, receives everything.
func TestLaggingClientReadsOnFromTheWindow(t *testing.T) {
	t.Run("queue_overflow_policy_each", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newScene(t, htmxrt.Options{})
			slow := s.server.Stall("/room")
			var want []string
			for i := range 300 {
				want = append(want, fmt.Sprint(i))
			}
			say(t, s.hub, want...)
			synctest.Wait() // all is sent, and hardly anything written
			if got := hear(slow.Resume(), 300); !slices.Equal(got, want) {
				t.Errorf("received %q", got)
			}
		})
	})
}

func TestLaggingBehindTheWindowIsAReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t, htmxrt.Options{Window: htmxrt.Window{Count: 20}, Heartbeat: time.Hour})
		large := strings.Repeat("x", 64<<10)
		slow := s.server.Stall("/room")
		for i := range 200 {
			say(t, s.hub, fmt.Sprint(i, " ", large))
		}
		events := slow.Resume()
		last, resets := "", 0
		for last != "199" {
			event := events.NextRaw()
			if event.Name == "htmxrt-reset" {
				resets++
				if event.Data != `{"reason":"trimmed"}` {
					t.Errorf("reset = %+v", event)
				}
				say(t, s.hub, "199 ")
			}
			last, _, _ = strings.Cut(event.Data, " ")
		}
		if resets != 1 {
			t.Errorf("%d resets, want 1", resets)
		}
	})
}

// TestOneOrder: all clients see the messages of several senders in one order,
// which keeps that of each sender.
func TestOneOrder(t *testing.T) {
	t.Run("order_per_stream_fifo", func(t *testing.T) {
		const senders, each = 8, 1250
		s := newScene(t, htmxrt.Options{})
		received := make([][]string, 3)
		var reading, sending sync.WaitGroup
		for i := range received {
			stream := s.server.Open("/room")
			reading.Go(func() { received[i] = hear(stream, senders*each) })
		}
		for sender := range senders {
			sending.Go(func() {
				for n := range each {
					say(t, s.hub, fmt.Sprintf("%d %05d", sender, n))
				}
			})
		}
		sending.Wait()
		reading.Wait()
		for i := range received[1:] {
			if !slices.Equal(received[i+1], received[0]) {
				t.Error("two clients saw different orders")
			}
		}
		last := make(map[byte]string)
		for _, text := range received[0] {
			if text <= last[text[0]] {
				t.Fatalf("%q after %q", text, last[text[0]])
			}
			last[text[0]] = text
		}
	})
}

func TestClientsThatLeave(t *testing.T) {
	t.Run("client_disconnect_unregisters", func(t *testing.T) {
		s := newScene(t, htmxrt.Options{})
		for i := range 5 {
			s.enter(fmt.Sprint(i), htmxrttest.As(alice)).Close()
		}
		s.server.AwaitStreams(s.hub, 0)
		if stats := s.hub.Stats(); stats.Streams != 0 || stats.Topics != 0 {
			t.Errorf("stats = %+v, want nothing open", stats)
		}
	})
	t.Run("send_after_disconnect_noop", func(t *testing.T) {
		s := newScene(t, htmxrt.Options{})
		s.enter("alice", htmxrttest.As(alice)).Close()
		s.server.AwaitStreams(s.hub, 0)
		say(t, s.hub, "nobody")
	})
	t.Run("client_disconnect_during_send", func(t *testing.T) {
		s := newScene(t, htmxrt.Options{})
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 25 {
					s.server.Open("/room", htmxrttest.As(alice)).Close()
				}
			})
		}
		for i := range 1000 {
			say(t, s.hub, fmt.Sprint(i))
		}
		wg.Wait()
		s.server.AwaitStreams(s.hub, 0)
	})
	t.Run("goroutines_return_to_baseline", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newScene(t, htmxrt.Options{})
			s.enter("warm up").Close()
			s.server.CloseIdle()
			synctest.Wait()
			before := bubbled()
			for range 500 {
				s.enter("short").Close()
			}
			s.server.CloseIdle()
			synctest.Wait()
			if after := bubbled(); after != before {
				t.Errorf("%d goroutines before, %d after 500 streams", before, after)
			}
		})
	})
}

// bubbled returns the number of goroutines in bubbles.
func bubbled() int {
	stacks := make([]byte, 1<<20)
	return strings.Count(string(stacks[:runtime.Stack(stacks, true)]), "synctest bubble")
}

// Everything at once, for the race detector.
func TestConcurrentUse(t *testing.T) {
	t.Run("concurrent_connect_send_filter_disconnect_race", func(t *testing.T) {
		s := newScene(t, htmxrt.Options{Authorize: members, Revalidate: 10 * time.Millisecond})
		var wg sync.WaitGroup
		for worker := range 4 {
			who := htmxrt.SignedIn(htmxrt.User{ID: fmt.Sprint("u", worker)})
			wg.Go(func() {
				for range 20 {
					stream := s.server.Open("/?topic=room&topic=other", htmxrttest.As(who))
					send(t, s.hub, from(who), htmxrt.Text("self"))
					for stream.Next().Data != "self" {
					}
					stream.Close()
				}
			})
			wg.Go(func() {
				for i := range 100 {
					send(t, s.hub, from(who), htmxrt.Text("filtered"), htmxrt.Filter(func(c *htmxrt.Client) bool {
						return c.Follows("other") && c.User().ID == "nobody"
					}))
					send(t, s.hub, from(who), htmxrt.Text("latest"), htmxrt.Everyone(), htmxrt.Latest(fmt.Sprint(i%3)))
					s.hub.Stats()
					s.hub.Cursor()
				}
			})
		}
		wg.Go(func() {
			for i := range 50 {
				if err := s.hub.Revoke(context.Background(), htmxrt.TabTarget(fmt.Sprint(i))); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Wait()
	})
}

func TestServerWriteTimeout(t *testing.T) {
	t.Run("write_timeout_on_server_does_not_kill_stream", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			hub := htmxrttest.NewHub(t, htmxrt.Options{})
			server := htmxrttest.NewServer(t, hub.Stream("room"), func(s *http.Server) {
				s.WriteTimeout = 200 * time.Millisecond
				s.ReadTimeout = 200 * time.Millisecond
			})
			stream := server.Open("/")
			time.Sleep(time.Second)
			say(t, hub, "late")
			if got := stream.Next().Data; got != "late" {
				t.Errorf("received %q", got)
			}
		})
	})
}
