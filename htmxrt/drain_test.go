package htmxrt_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

// Streams of a node that is drained end over a while, so that the other nodes
// do not get all of them at once. Sends still work, and Ready says it first.
func TestDrainSpreadsStreams(t *testing.T) {
	tests := []struct {
		name    string
		drain   time.Duration
		timeout time.Duration // of the context; 0: none
		streams int
		took    time.Duration
		retry   time.Duration // the longest
	}{
		{name: "few at once", streams: 100, retry: 3 * time.Second},
		{name: "many one group after another", streams: 401, took: 400 * time.Millisecond, retry: 3 * time.Second},
		{name: "within Options.Drain", drain: 200 * time.Millisecond, streams: 401, took: 200 * time.Millisecond, retry: 3 * time.Second},
		{name: "within the context's time", timeout: 400 * time.Millisecond, streams: 401, took: 300 * time.Millisecond, retry: 3 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newScene(t, htmxrt.Options{Drain: tt.drain})
				for i := range tt.streams {
					s.enter(fmt.Sprint(i))
				}
				say(t, s.hub, "before")
				ctx, cancel := context.WithCancel(context.Background())
				if tt.timeout > 0 {
					ctx, cancel = context.WithTimeout(ctx, tt.timeout)
				}
				defer cancel()
				start := time.Now()
				drained := make(chan error, 1)
				go func() { drained <- s.hub.Drain(ctx) }() // received below
				synctest.Wait()
				if err := s.hub.Ready(); err == nil {
					t.Error("ready while it is drained")
				}
				if bye := s.server.Open("/room").NextRaw(); bye.Name != "htmxrt-bye" || bye.Data != `{"reason":"drain"}` {
					t.Errorf("a new stream: %+v, want htmxrt-bye", bye)
				}
				if err := s.hub.Send(from(alice), "room", htmxrt.Text("meanwhile"), htmxrt.Everyone()); err != nil {
					t.Errorf("Send while it is drained: %v", err)
				}
				if err := <-drained; err != nil {
					t.Fatal(err)
				}
				if took := time.Since(start); took != tt.took {
					t.Errorf("took %v, want %v", took, tt.took)
				}
				meanwhile := 0
				for name, stream := range s.streams {
					if got := stream.Next().Data; got != "before" {
						t.Fatalf("%s: received %q, want what was sent before", name, got)
					}
					event := stream.Next()
					if event.Data == "meanwhile" {
						meanwhile++
						event = stream.Next()
					}
					if event.Name != "htmxrt-bye" || event.Retry < 500*time.Millisecond || event.Retry > tt.retry {
						t.Fatalf("%s: %+v, want htmxrt-bye with a retry up to %v", name, event, tt.retry)
					}
				}
				if most := tt.streams - 100; meanwhile != max(0, most) {
					t.Errorf("%d streams were there still, want all but the first group", meanwhile)
				}
				if err := s.hub.Shutdown(context.Background()); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// When the context of Drain ends, streams that were not told yet are told at once.
func TestDrainIsBoundedByItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t, htmxrt.Options{})
		for i := range 301 {
			s.enter(fmt.Sprint(i))
		}
		ctx, cancel := context.WithCancel(context.Background())
		start := time.Now()
		drained := make(chan error, 1)
		go func() { drained <- s.hub.Drain(ctx) }() // received below
		time.Sleep(50 * time.Millisecond)
		cancel()
		if err := <-drained; err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("Drain = %v", err)
		}
		for name, stream := range s.streams {
			if bye := stream.Next(); bye.Name != "htmxrt-bye" {
				t.Fatalf("%s: %+v", name, bye)
			}
		}
		if took := time.Since(start); took != 50*time.Millisecond {
			t.Errorf("took %v, want no longer than the context", took)
		}
	})
}

// A rolling restart loses nothing: a browser that leaves the drained node reads
// on at the other.
func TestDrainedStreamsResumeOnAnotherNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, htmxrt.Window{})
		a, b := c.node(t, htmxrt.Options{}), c.node(t, htmxrt.Options{})
		stream := a.enter("alice")
		everywhere(t, a.hub, "1")
		stream.NextIs("1")
		go a.hub.Shutdown(context.Background()) // awaited by the stream's end
		if bye := stream.Next(); bye.Name != "htmxrt-bye" {
			t.Fatalf("%+v, want htmxrt-bye", bye)
		}
		everywhere(t, b.hub, "2")
		back := b.enter("alice again", htmxrttest.LastEventID(stream.LastID()))
		everywhere(t, b.hub, "3")
		back.NextIs("2")
		back.NextIs("3")
	})
}
