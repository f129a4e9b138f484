package e2e_test

import (
	"net/http"
	"testing"
	"time"
)

// refusals are the answers that a stream does not get from its hub, but from
// proxies, authentication middleware and servers that are being deployed.
var refusals = []struct {
	name string
	rule ruling
}{
	{"502", refuseWith(http.StatusBadGateway)},
	{"503", refuseWith(http.StatusServiceUnavailable)},
	{"204", refuseWith(http.StatusNoContent)},
	{"401", refuseWith(http.StatusUnauthorized)},
	{"429", refuseWith(http.StatusTooManyRequests)},
	{"302_to_login", toLogin},
	{"html", content("text/html; charset=utf-8", loginPage)},
	{"wrong_type", content("application/json", `{"error":"refused"}`)},
	{"empty_stream", content("text/event-stream", "")},
}

// refusedNoise is what browser and htmx say to the console of a refused stream.
var refusedNoise = []string{
	"Failed to load resource", "net::ERR_", "MIME type", sseError, "htmx:sse:error",
}

// A stream is cut and its reconnects are refused, again and again: the page asks
// ever more seldom, and when it is let in again it has missed nothing.
func TestRefusedReconnect(t *testing.T) {
	t.Parallel()
	for _, refusal := range refusals {
		t.Run(refusal.name, func(t *testing.T) {
			onEach(t, scripted, func(t *testing.T, c client) { refusedReconnect(t, c, refusal.rule) })
		})
	}
}

// refusedTimes is how often a page is refused at least: by then its back-off has
// grown to 8 times the first.
const refusedTimes = 5

func refusedReconnect(t *testing.T, c client, rule ruling) {
	s := newScene(t, c, setting{speed: haste})
	s.tab.console.allow(refusedNoise...)
	s.say(3)
	s.awaitAll(patience)

	s.gate.set(rule)
	s.gate.cut(t)
	s.say(3)
	s.awaitStreams(1 + refusedTimes)
	s.tab.await(`document.documentElement.dataset.rtState !== "live"`)
	s.say(3)
	s.gate.set(nil)
	s.awaitAll(longPatience)
	s.settle()
	streams := s.streams()
	wantBackoff(t, haste, streams[1:len(streams)-1])
	for i, one := range streams[1:] {
		if one.lastID == "" && one.after() == streams[0].after() {
			t.Errorf("request %d came without a newer cursor than the first", i+2)
		}
	}
}

// Documented back-off: from 0.5 s, doubled each time, up to 60 s, less a jitter
// of 30 % at most.
const (
	backoffFirst = 500 * time.Millisecond
	backoffLast  = time.Minute
)

// wantBackoff wants the requests of a page of some speed, all of them refused,
// as far apart as documented at least.
func wantBackoff(t *testing.T, speed time.Duration, refused []visit) {
	t.Helper()
	if len(refused) < refusedTimes {
		t.Errorf("the page was refused %d times, want %d at least", len(refused), refusedTimes)
	}
	for i := range len(refused) - 1 {
		least := min(backoffFirst<<i, backoffLast) * 7 / 10
		if gap := refused[i+1].at.Sub(refused[i].at) * speed; gap < least {
			t.Errorf("the page asked again %v after refusal %d, want %v at least", gap, i+1, least)
		}
	}
}

// A page that is refused for many minutes ends with one request a minute, and
// still comes back.
func TestRefusedForLong(t *testing.T) {
	t.Parallel()
	onEach(t, scripted, func(t *testing.T, c client) {
		const speed, times = 40, 12
		s := newScene(t, c, setting{speed: speed})
		s.tab.console.allow(refusedNoise...)
		s.gate.set(refuseWith(http.StatusServiceUnavailable))
		s.gate.cut(t)
		s.awaitStreams(1 + times)
		s.gate.set(nil)
		s.settle()
		streams := s.streams()
		wantBackoff(t, speed, streams[1:len(streams)-1])
	})
}

// EventSource alone gives up for good on whatever is no event stream, and asks
// again by itself after an end or a reset: why the hub always answers 200.
func TestRefusedReconnectOfEventSource(t *testing.T) {
	t.Parallel()
	for _, refusal := range refusals {
		t.Run(refusal.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, bare, setting{})
			s.tab.console.allow(refusedNoise...)
			s.say(3)
			s.awaitAll(patience)
			if refusal.name == "empty_stream" { // 200, of the right type
				s.gate.script(nil, refusal.rule, refusal.rule)
				s.gate.cut(t)
				s.say(3)
				s.awaitAll(longPatience)
				s.settle()
				return
			}

			s.gate.script(nil, refusal.rule)
			s.gate.cut(t)
			s.say(3)
			s.tab.await(`source.readyState === EventSource.CLOSED`)
			s.pass(3500 * time.Millisecond) // its own retry is 3 s at most
			if got := len(s.streams()); got != 2 {
				t.Errorf("the page asked %d times, want 2: it has given up", got)
			}
		})
	}
}

// A page whose first connects are refused gets its stream, and what was sent
// since it was rendered.
func TestRefusedFirstConnect(t *testing.T) {
	t.Parallel()
	for _, first := range []struct {
		name string
		next []ruling
	}{
		{"503_503_503", []ruling{refuseWith(503), refuseWith(503), refuseWith(503)}},
		{"502_204_401", []ruling{refuseWith(502), refuseWith(204), refuseWith(401)}},
		{"login_html_wrong_type", []ruling{toLogin, content("text/html", loginPage), content("application/json", "{}")}},
		{"reset_reset_empty", []ruling{hangUp, hangUp, content("text/event-stream", "")}},
	} {
		t.Run(first.name, func(t *testing.T) {
			onEach(t, scripted, func(t *testing.T, c client) {
				s := newScene(t, c, setting{speed: haste, next: first.next})
				s.tab.console.allow(refusedNoise...)
				s.say(3)
				s.awaitAll(patience)
				s.settle()
				if got := s.tab.text("body"); got != s.tab.text("#room") {
					t.Errorf("the page shows more than the room: %q", got)
				}
				if got := len(s.streams()); got != 4 {
					t.Errorf("the page asked %d times, want 4: three refusals and the stream", got)
				}
			})
		})
	}
}
