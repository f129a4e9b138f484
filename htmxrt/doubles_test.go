package htmxrt_test

import (
	"context"
	"slices"
	"testing"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

// An entry that a broker appended twice is one message, live and replayed, on
// each node.
func TestEntryThatIsInTheLogTwiceIsOneMessage(t *testing.T) {
	c := newCluster(t, htmxrt.Window{})
	a := c.node(t, htmxrt.Options{Broker: repeating{c.broker()}})
	b := c.node(t, htmxrt.Options{})
	start := b.hub.Cursor()
	live := []*htmxrttest.Stream{a.enter("a"), b.enter("b")}
	for _, text := range []string{"1", "2", "fence"} {
		everywhere(t, a.hub, text)
	}
	for _, stream := range live {
		if got := hear(stream, 3); !slices.Equal(got, []string{"1", "2", "fence"}) {
			t.Errorf("live: %q", got)
		}
	}
	a.settle()
	b.settle()
	if got := hear(b.enter("late", htmxrttest.LastEventID(start)), 3); !slices.Equal(got, []string{"1", "2", "fence"}) {
		t.Errorf("replayed: %q", got)
	}
	if got := b.hub.Stats().Duplicates; got < 3 {
		t.Errorf("Stats.Duplicates = %d, want the second copies", got)
	}
	if got := b.hub.Stats().Dropped; got != 0 {
		t.Errorf("Stats.Dropped = %d", got)
	}
}

// A doubled revocation does not end the streams that came between the two.
func TestRevocationThatIsInTheLogTwiceCountsOnce(t *testing.T) {
	c := newCluster(t, htmxrt.Window{})
	held := &holding{Broker: c.broker()}
	node := c.node(t, htmxrt.Options{Broker: held})
	if err := node.hub.Revoke(context.Background(), htmxrt.UserTarget("alice")); err != nil {
		t.Fatal(err)
	}
	node.settle()
	stream := node.enter("alice", htmxrttest.As(alice))
	if _, err := held.Broker.Publish(context.Background(), held.revocation); err != nil {
		t.Fatal(err)
	}
	everywhere(t, node.hub, "still there")
	if got := stream.Next(); got.Data != "still there" {
		t.Errorf("received %+v", got)
	}
}

// holding remembers a revocation.
type holding struct {
	htmxrt.Broker
	revocation htmxrt.Entry
}

func (b *holding) Publish(ctx context.Context, entries ...htmxrt.Entry) (htmxrt.Position, error) {
	if entries[0].Data[1] == 2 { // its kind
		b.revocation = entries[0]
	}
	return b.Broker.Publish(ctx, entries...)
}
