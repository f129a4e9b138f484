package e2e_test

import (
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// breaks are ways in which a stream ends without a word.
var breaks = []struct {
	name string
	do   func(*gate, *testing.T)
}{
	{"clean_end", (*gate).end},
	{"tcp_reset", (*gate).cut},
}

// A stream ends, twice in a row and while things are said, and goes on where it
// was. The clock is the real one here.
func TestBrokenStream(t *testing.T) {
	t.Parallel()
	for _, b := range breaks {
		t.Run(b.name, func(t *testing.T) {
			onEach(t, clients, func(t *testing.T, c client) {
				s := newScene(t, c, setting{})
				s.tab.console.allow(refusedNoise...)
				s.say(3)
				s.awaitAll(patience)
				for n := range 2 {
					b.do(s.gate, t)
					s.say(3)
					s.awaitStreams(n + 2)
					s.say(3)
					s.awaitAll(patience)
				}
				s.settle()
				if got := len(s.streams()); got != 3 {
					t.Errorf("the page asked %d times, want 3: one stream and two returns", got)
				}
			})
		})
	}
}

// The network swallows what the server sends while both ends think that they
// are connected; then the connection breaks. What was swallowed comes again.
func TestSwallowedMessages(t *testing.T) {
	t.Parallel()
	onEach(t, clients, func(t *testing.T, c client) {
		s := newScene(t, c, setting{})
		s.tab.console.allow(refusedNoise...)
		s.say(3)
		s.awaitAll(patience)
		s.gate.silence()
		s.say(3)
		s.gate.cut(t)
		s.awaitAll(patience)
		s.settle()
	})
}

// A stream is half open: the server's words go nowhere, and nobody hears that
// the connection broke. The page script gives it up after 45 s without a beat.
func TestHalfOpenStream(t *testing.T) {
	t.Parallel()
	onEach(t, scripted, func(t *testing.T, c client) {
		s := newScene(t, c, setting{speed: haste})
		s.tab.console.allow(refusedNoise...)
		s.say(3)
		s.awaitAll(patience)
		s.gate.silence()
		s.say(3)
		s.awaitAll(patience)
		s.settle()
		if got := len(s.streams()); got != 2 {
			t.Errorf("the page asked %d times, want 2: the silent stream and its successor", got)
		}
	})
}

// The answer to a reconnect takes its time. Other things are said meanwhile.
func TestDelayedReconnect(t *testing.T) {
	t.Parallel()
	onEach(t, clients, func(t *testing.T, c client) {
		s := newScene(t, c, setting{})
		s.tab.console.allow(refusedNoise...)
		s.say(3)
		s.awaitAll(patience)
		release := make(chan struct{})
		s.gate.script(nil, hold(release))
		s.gate.cut(t)
		s.awaitStreams(2)
		s.say(3)
		s.pass(2 * time.Second)
		close(release)
		s.awaitAll(patience)
		s.settle()
		if got := len(s.streams()); got != 2 {
			t.Errorf("the page asked %d times, want 2: it waits for a slow answer", got)
		}
	})
}

// A reconnect is reset before it is answered, three times.
func TestResetReconnect(t *testing.T) {
	t.Parallel()
	onEach(t, clients, func(t *testing.T, c client) {
		s := newScene(t, c, setting{})
		s.tab.console.allow(refusedNoise...)
		s.say(3)
		s.awaitAll(patience)
		s.gate.script(nil, hangUp, hangUp, hangUp)
		s.gate.cut(t)
		s.say(3)
		s.awaitAll(longPatience)
		s.settle()
	})
}

// A reconnect is accepted and not answered. The page script asks anew after
// 45 s; EventSource knows no such limit and waits. Neither loses anything.
func TestUnansweredReconnect(t *testing.T) {
	t.Parallel()
	onEach(t, clients, func(t *testing.T, c client) {
		s := newScene(t, c, setting{speed: haste})
		s.tab.console.allow(refusedNoise...)
		s.say(3)
		s.awaitAll(patience)
		release := make(chan struct{})
		s.gate.script(nil, hold(release))
		s.gate.cut(t)
		s.awaitStreams(2)
		s.say(3)
		if !c.bare {
			s.awaitStreams(3)
			s.awaitAll(patience)
			close(release) // nobody waits for that one any more
		} else {
			s.pass(overTime)
			if got := len(s.streams()); got != 2 {
				t.Errorf("the page asked %d times, want 2", got)
			}
			close(release)
			s.awaitAll(patience)
		}
		s.settle()
	})
}

// form is what a reader has on the page while the server is away.
var form = templ.Raw(`<form><input name="draft"><textarea name="letter"></textarea></form>`)

// typed is what stands in the form.
const typed = `[...document.querySelectorAll("form > *")].map(e => e.value).join()`

// The server is killed, with its log, and comes back: the page heals by itself.
// It shows what was said before, while it was away and since, and what the
// reader has typed is still there.
func TestRestartedServer(t *testing.T) {
	t.Parallel()
	for _, restarted := range []struct {
		name string
		key  string // of the new hub
	}{
		{"same_key", strings.Repeat("k", 32)},
		{"other_key", strings.Repeat("x", 32)}, // as with no key in Options
	} {
		t.Run(restarted.name, func(t *testing.T) {
			onEach(t, scripted, func(t *testing.T, c client) {
				s := newScene(t, c, setting{inside: form})
				s.tab.console.allow(refusedNoise...)
				s.say(3)
				s.awaitAll(patience)
				s.tab.enter("textarea", "Dear Ann,")
				s.tab.typeIn("input", "half a sen")

				s.stop()
				s.note(2) // in the app's store: there is no hub to send
				s.start(strings.TrimPrefix(s.url, "http://"), htmxrt.Options{Key: []byte(restarted.key)})
				s.awaitAll(longPatience)
				s.say(1)
				s.awaitAll(patience)
				s.gate.awaitOpen(t, 1)
				if got, want := eval[string](s.tab, typed), "half a sen,Dear Ann,\n"; got != want {
					t.Errorf("the form holds %q, want %q", got, want)
				}
				if got := eval[string](s.tab, "document.activeElement.name"); got != "draft" {
					t.Errorf("the focus is on %q, want draft", got)
				}
			})
		})
	}
}
