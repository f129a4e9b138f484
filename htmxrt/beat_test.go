package htmxrt_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

// Nodes on one log find each other. Beats keep their place there, so cursors
// move on, and reach no client.
func TestBeatsOnASharedLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, htmxrt.Window{})
		a, b := c.node(t, htmxrt.Options{}), c.node(t, htmxrt.Options{})
		stream := a.enter("alice", htmxrttest.As(alice))
		before := a.hub.Cursor()
		time.Sleep(time.Minute)
		synctest.Wait()
		everywhere(t, a.hub, "fence")
		if got := stream.Next(); got.Data != "fence" {
			t.Errorf("before the fence: %+v", got)
		}
		for name, hub := range map[string]*htmxrt.Hub{"a": a.hub, "b": b.hub} {
			stats := hub.Stats()
			if stats.Nodes != 2 || stats.Dropped != 0 || stats.Blind != 0 {
				t.Errorf("%s: %+v, want 2 nodes that read everything", name, stats)
			}
			if beats := stats.WindowEntries - 1; beats < 24 || beats > 29 {
				t.Errorf("%s: %d beats of two nodes in a minute, want one in 5s each, less a tenth", name, beats)
			}
		}
		if a.hub.Cursor() <= before {
			t.Error("the cursor did not move")
		}
		if err := b.hub.Shutdown(context.Background()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Second)
		if got := a.hub.Stats().Nodes; got != 1 {
			t.Errorf("%d nodes 20s after one of two has gone", got)
		}
	})
}

// A log of one node is as quiet as its users.
func TestNoBeatsOnALogOfOneNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub := htmxrttest.NewHub(t, htmxrt.Options{})
		time.Sleep(time.Hour)
		if stats := hub.Stats(); stats.WindowEntries != 0 || stats.Nodes != 1 {
			t.Errorf("after an hour: %+v, want no entry and one node", stats)
		}
	})
}

// Shutdown waits for a beat that is under way.
func TestNoBeatOutlivesShutdown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, htmxrt.Window{})
		node := c.node(t, htmxrt.Options{Broker: lingering{c.broker()}})
		time.Sleep(10 * time.Second)
		start := time.Now()
		if err := node.hub.Shutdown(context.Background()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("took %v, want the second that a call takes to end", took)
		}
	})
}

// lingering is a broker whose Publish ends a second after its context.
type lingering struct{ htmxrt.Broker }

func (b lingering) Publish(ctx context.Context, _ ...htmxrt.Entry) (htmxrt.Position, error) {
	<-ctx.Done()
	time.Sleep(time.Second)
	return htmxrt.Position{}, ctx.Err()
}
