package htmxrt

import (
	"context"
	"time"
)

// Streams leave a node in groups, so that the others do not get all of them in
// one moment. At a thousand streams a second and node, a hub answers each within
// milliseconds (bench/README.md).
const (
	drainGroup = 100
	drainPause = 100 * time.Millisecond
)

// Drain makes streams leave this node, for a restart that nobody notices: Ready
// is an error at once, new streams are told to come back, and every open one is
// given what was sent before and ends with htmxrt-bye. Browsers then come back
// to another node with the cursor they had. Up to 100 streams end at once, more
// at 1,000 a second, and all within Options.Drain and three quarters of the time
// that ctx has.
//
// Pages, sends and revocations still work. So call Drain first, then the HTTP
// server's Shutdown, which waits for the requests under way, then Shutdown; or
// Shutdown alone, which drains first.
//
// Drain returns when every stream has ended, or, when ctx ends first, ctx's
// error: streams that were not told by then are told at once. Further calls
// wait for the same.
func (h *Hub) Drain(ctx context.Context) error {
	idle := h.streams.close()
	if h.draining.CompareAndSwap(false, true) {
		h.catchUp(ctx)
		h.dismiss(ctx)
	}
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// dismiss tells all streams to leave, group after group.
func (h *Hub) dismiss(ctx context.Context) {
	clients := h.index.all()
	window, spread := h.drainTimes(ctx, len(clients))
	bye := *byeDrain
	bye.retryRange = max(bye.retryRange, window-spread)
	for i, c := range clients {
		if i > 0 && i%drainGroup == 0 {
			select {
			case <-time.After(spread / time.Duration((len(clients)-1)/drainGroup)):
			case <-ctx.Done(): // the rest at once
			}
		}
		c.end(&bye)
	}
}

// drainTimes returns the time within which so many browsers may come back
// elsewhere, and the part of it in which their streams end; in the rest they
// wait. Few come back at once, since each waits for a random moment anyway.
func (h *Hub) drainTimes(ctx context.Context, streams int) (window, spread time.Duration) {
	window = min(h.opts.Drain, time.Duration((streams-1)/drainGroup)*drainPause)
	spread = window
	if deadline, ok := ctx.Deadline(); ok {
		spread = min(spread, max(0, time.Until(deadline)*3/4))
	}
	return window, spread
}

// catchUp waits until all that was published has been read, for as long as ctx
// and an engine's patience last. What is not read by then is in the log.
func (h *Hub) catchUp(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, brokerTimeout)
	defer cancel()
	if state, err := h.broker.State(ctx); err == nil {
		_ = h.await(ctx, state.Last)
	}
}
