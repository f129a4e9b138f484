package htmxrt

import (
	"context"
	"math/rand/v2"
	"time"
)

// beatEvery is the time between two beats of a node, less up to a tenth, so
// that nodes that were started together do not stay together. With 5 s a node
// that was killed is found within 20 s (silentBeats), one that is cut off from
// the log has tried five times before it gives up (blindMax), and ten nodes
// write two small entries a second.
const beatEvery = 5 * time.Second

// tickEvery is how often a node looks after itself.
const tickEvery = time.Second

// beat is an entry by which a node shows that it lives and, to itself, that it
// reads the log. It reaches no client.
type beat struct {
	node nodeID
	age  time.Duration // of the node, when the beat was tried
}

// beats is the hub's second goroutine, on a shared log only: what a node does
// from time to time. Shutdown ends it by ctx and waits for it.
func (h *Hub) beats(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	next := time.Now()
	for {
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		if ctx.Err() != nil { // also when both were due
			return
		}
		if now := time.Now(); !now.Before(next) {
			next = now.Add(beatEvery - rand.N(beatEvery/10+1))
			h.beat(ctx, now)
		}
		h.tick(ctx, time.Now())
		timer.Reset(min(tickEvery, time.Until(next)))
	}
}

// beat publishes a beat. An error needs no word here: the beat does not come
// back, and that is what counts.
func (h *Hub) beat(ctx context.Context, now time.Time) {
	b := &beat{node: h.node.id, age: h.node.age(now)}
	_ = h.appendBounded(ctx, &message{kind: kindBeat, beat: b})
}

// tick does what a node does from time to time beside beating. Whatever
// publishes here must do it by appendBounded.
func (h *Hub) tick(_ context.Context, now time.Time) { h.presence.tick(now) }

// appendBounded is append for the goroutine of beats, which must not wait for
// the engine when the node goes blind.
func (h *Hub) appendBounded(ctx context.Context, messages ...*message) error {
	limit := brokerTimeout
	if left := blindMax - h.node.unproved(time.Now()); left > 0 {
		limit = min(limit, left)
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return h.append(ctx, messages...)
}
