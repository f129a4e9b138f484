package htmxrt_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// TestNothingOutlivesShutdown: streams, goroutines and timers end with the hub;
// the bubble fails the test if one is left.
func TestNothingOutlivesShutdown(t *testing.T) {
	t.Run("shutdown_closes_streams_fast", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newScene(t, htmxrt.Options{})
			for i := range 100 {
				s.enter(fmt.Sprint(i))
			}
			start := time.Now()
			if err := s.hub.Shutdown(context.Background()); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(start); took != 0 {
				t.Errorf("took %v", took)
			}
			retries := make(map[time.Duration]bool)
			for name, stream := range s.streams {
				bye := stream.Next()
				if bye.Name != "htmxrt-bye" || bye.Retry <= 0 || bye.HasID {
					t.Errorf("%s: %+v, want htmxrt-bye with a retry", name, bye)
				}
				retries[bye.Retry] = true
				if _, more := stream.TryNext(); more {
					t.Errorf("%s: an event after htmxrt-bye", name)
				}
			}
			if len(retries) < 50 {
				t.Errorf("100 browsers come back at %d moments", len(retries))
			}
			if err := s.hub.Send(from(alice), "room", htmxrt.Text("late")); !errors.Is(err, htmxrt.ErrClosed) {
				t.Errorf("Send = %v, want %v", err, htmxrt.ErrClosed)
			}
			if err := s.hub.Revoke(context.Background(), htmxrt.UserTarget("alice")); !errors.Is(err, htmxrt.ErrClosed) {
				t.Errorf("Revoke = %v, want %v", err, htmxrt.ErrClosed)
			}
			if bye := s.server.Open("/room").NextRaw(); bye.Name != "htmxrt-bye" {
				t.Errorf("a connect after Shutdown: %+v", bye)
			}
			if err := s.hub.Shutdown(context.Background()); err != nil {
				t.Errorf("a second Shutdown: %v", err)
			}
		})
	})
	t.Run("what was sent before is written first", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newScene(t, htmxrt.Options{})
			slow := s.server.Stall("/room")
			for i := range 200 {
				say(t, s.hub, fmt.Sprint(i))
			}
			down := make(chan error, 1)
			go func() { down <- s.hub.Shutdown(context.Background()) }() // received below
			synctest.Wait()
			stream := slow.Resume()
			for i := range 200 {
				if got := stream.Next().Data; got != fmt.Sprint(i) {
					t.Fatalf("message %d arrived as %q", i, got)
				}
			}
			if bye := stream.Next(); bye.Name != "htmxrt-bye" {
				t.Errorf("behind the messages: %+v, want htmxrt-bye", bye)
			}
			if err := <-down; err != nil {
				t.Error(err)
			}
		})
	})
	t.Run("what was sent before is read first", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			gate := &gated{Broker: htmxrt.NewMemoryBroker(htmxrt.Window{}), open: make(chan struct{})}
			s := newScene(t, htmxrt.Options{Broker: gate})
			stream := s.enter("alice")
			say(t, s.hub, "last words")
			down := make(chan error, 1)
			go func() { down <- s.hub.Shutdown(context.Background()) }() // received below
			synctest.Wait()
			close(gate.open)
			if got := []string{stream.Next().Data, stream.Next().Name}; !slices.Equal(got, []string{"last words", "htmxrt-bye"}) {
				t.Errorf("received %q", got)
			}
			if err := <-down; err != nil {
				t.Error(err)
			}
		})
	})
	t.Run("a reader that has stopped is cut off when the context ends", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newScene(t, htmxrt.Options{WriteTimeout: time.Hour})
			stalled := s.server.Stall("/room")
			for range 40 {
				say(t, s.hub, strings.Repeat("x", 8<<10))
			}
			synctest.Wait()
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			defer cancel()
			start := time.Now()
			err := s.hub.Shutdown(ctx)
			if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took != 2*time.Second {
				t.Errorf("Shutdown = %v after %v, want the deadline's error after 2s", err, took)
			}
			stalled.AwaitEnd()
		})
	})
}
