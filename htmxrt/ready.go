package htmxrt

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// blindMax is how long a node serves signed-in streams without proof that it
// reads the log. The proof is a beat of its own that came back: whatever was
// published before that beat was tried, a revocation say, was read here. A node
// that is cut off from the log shall have ended them within 30 s of the first
// entry that it may have missed; writing that to them has the last 2 s.
const blindMax = 28 * time.Second

// unproved returns how old the last proof is.
func (n *node) unproved(now time.Time) time.Duration {
	return n.age(now) - time.Duration(n.seen.Load())
}

// blind reports whether this node cannot know what was revoked.
func (h *Hub) blind(now time.Time) bool {
	return h.shared && h.node.unproved(now) >= blindMax
}

// look is the hub's third goroutine, on a shared log only. It calls watch, at
// the latest when the node goes blind, and no broker whose client holds a lock
// while it connects can keep it from that. Shutdown ends it by ctx and waits.
func (h *Hub) look(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for blind := false; ; {
		select {
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		now := time.Now()
		blind = h.watch(now, blind)
		pause := tickEvery
		if left := blindMax - h.node.unproved(now); left > 0 {
			pause = min(pause, left)
		}
		timer.Reset(pause)
	}
}

// watch ends signed-in streams when the node has gone blind, as was says that it
// was at the last call. They may come back on another node. Anonymous ones stay.
func (h *Hub) watch(now time.Time, was bool) (blind bool) {
	switch blind = h.blind(now); {
	case blind && !was:
		h.counts.blind.Add(1)
		h.log.Error("htmxrt: own beats do not come back through the log: signed-in streams end until they do",
			"since", h.node.unproved(now))
		for _, c := range h.index.all() {
			if c.signedIn() {
				c.end(byeBlind)
			}
		}
	case !blind && was:
		h.log.Info("htmxrt: own beats come back through the log again")
	}
	return blind
}

// notReady is why a node should not be sent requests. What is public names no
// address and no error of a driver, which may hold a password.
type notReady struct {
	public string
	cause  error // nil for none
}

func (e *notReady) Error() string {
	if e.cause != nil {
		return fmt.Sprintf("htmxrt: %s: %v", e.public, e.cause)
	}
	return "htmxrt: " + e.public
}

func (e *notReady) Unwrap() error { return e.cause }

// Ready returns nil when the node serves everybody, else an error that says why
// not: it is being drained or shut down, no beat of its own has come back
// through the log for 28 s, following the log has ended and is tried again, or
// the log is still being read. It is cheap, and recovers by itself, but for the
// first. Only a shared broker can make it fail before Drain or Shutdown.
func (h *Hub) Ready() error {
	if no := h.notReady(time.Now()); no != nil {
		return no
	}
	return nil
}

func (h *Hub) notReady(now time.Time) *notReady {
	if h.streams.isClosed() {
		return &notReady{public: "shutting down", cause: ErrClosed}
	}
	trouble := h.trouble.Load()
	if h.blind(now) {
		no := &notReady{public: fmt.Sprintf("blind: no beat of this node has come back through the log for %v",
			h.node.unproved(now).Truncate(time.Second))}
		if trouble != nil {
			no.cause = *trouble
		}
		return no
	}
	if trouble != nil {
		return &notReady{public: "following the log ended", cause: *trouble}
	}
	if until, at := *h.until.Load(), h.head.Load().pos; at.Compare(until) < 0 {
		return &notReady{public: fmt.Sprintf("reading the log: at %v of %v", at, until)}
	}
	return nil
}

// Health returns a handler for a load balancer's checks: 200 when Ready is nil,
// else 503 and a line that says why. It tells nothing that is secret, answers
// GET and HEAD, and must be asked often: a node that is to be left by its
// streams says so here first.
func (h *Hub) Health() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, errorMethod.text, http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cache-Control", "no-store")
		if no := h.notReady(time.Now()); no != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprintln(w, no.public)
			return
		}
		fmt.Fprintln(w, "ready")
	})
}
