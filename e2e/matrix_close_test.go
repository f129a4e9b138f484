package e2e_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// overTime is as long as a stream that is over for good is watched, by the
// test's clock; a fast page lives haste times as long, more than a minute.
const overTime = 3500 * time.Millisecond

// wantOver wants the page to be closed and to ask at most once a minute, also
// when its tab is hidden, shown and comes online.
func (s *scene) wantOver() {
	s.t.Helper()
	s.tab.awaitState("closed")
	s.gate.awaitOpen(s.t, 0)
	before := len(s.streams())
	eval[bool](s.tab, hide)
	eval[bool](s.tab, show)
	eval[bool](s.tab, `dispatchEvent(new Event('online')) && dispatchEvent(new Event('focus'))`)
	s.pass(overTime)
	if n := len(s.streams()) - before; n > 1 {
		s.t.Errorf("the page asked %d times in %v, want at most once a minute: it is over\n%s", n, overTime*haste, s.journal())
	}
	if got := s.visits.count("/"); got != 1 {
		s.t.Errorf("the page was fetched %d times, want once", got)
	}
}

// A user is revoked: the stream is over for good.
func TestRevokedStream(t *testing.T) {
	t.Parallel()
	onEach(t, clients, func(t *testing.T, c client) {
		s := newScene(t, c, setting{speed: haste, as: "ann"})
		s.say(2)
		s.awaitAll(patience)
		if err := s.hub.Revoke(t.Context(), htmxrt.UserTarget("ann")); err != nil {
			t.Fatal(err)
		}
		s.wantOver()
	})
}

// signedOut lets a request pass whose user is not signed in any more, also one
// that the browser has sent before and repeats.
func signedOut(w http.ResponseWriter, r *http.Request, pass http.Handler) {
	r.Header.Del("Cookie")
	pass.ServeHTTP(w, r)
}

// A user signs out while the stream is cut: its return is told that it is over.
func TestSignedOutMeanwhile(t *testing.T) {
	t.Parallel()
	onEach(t, clients, func(t *testing.T, c client) {
		s := newScene(t, c, setting{speed: haste, as: "ann"})
		s.tab.console.allow(refusedNoise...)
		s.say(2)
		s.awaitAll(patience)
		s.gate.set(hangUp)
		s.gate.cut(t)
		s.awaitStreams(2)
		s.gate.set(signedOut)
		s.wantOver()
	})
}

// deadTicket is what a page is told, again and again, whose ticket is no good
// and whose server gives it no better one.
const deadTicket = "retry: 60000\nevent: htmxrt-reset\ndata: {\"reason\":\"ticket\"}\n\n"

// A page that cannot heal tries at most once in 10 s, and asks no more often.
func TestResetForEver(t *testing.T) {
	t.Parallel()
	onEach(t, scripted, func(t *testing.T, c client) {
		s := newScene(t, c, setting{speed: haste})
		s.tab.console.allow(refusedNoise...)
		s.say(2)
		s.awaitAll(patience)
		s.gate.set(content("text/event-stream", deadTicket))
		s.gate.cut(t)
		s.visits.await(t, "/", "the page heals", func(list []visit) bool { return len(list) > 1 })
		s.pass(overTime)
		most := 2 + int(overTime*haste/(10*time.Second))
		if got := s.visits.count("/"); got > 1+most {
			t.Errorf("the page was fetched %d times, want at most %d", got, 1+most)
		}
		if got := len(s.streams()); got > 1+most {
			t.Errorf("the page asked %d times, want at most %d%s", got, 1+most, s.journal())
		}
		s.gate.set(nil)
		s.say(1)
		s.awaitAll(longPatience)
		s.gate.awaitOpen(t, 1)
	})
}
