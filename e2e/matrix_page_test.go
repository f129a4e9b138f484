package e2e_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/a-h/templ"
)

// hide and show are what a browser does to the page of a tab that is left and
// returned to.
const (
	hide = `Object.defineProperties(document, {
		hidden: {value: true, configurable: true}, visibilityState: {value: 'hidden', configurable: true}
	}) && document.dispatchEvent(new Event('visibilitychange'))`
	show = `(delete document.hidden, delete document.visibilityState,
		document.dispatchEvent(new Event('visibilitychange')))`
)

// A tab is hidden while things are said, once with its stream alive and once
// with it cut.
func TestHiddenTab(t *testing.T) {
	t.Parallel()
	onEach(t, clients, func(t *testing.T, c client) {
		s := newScene(t, c, setting{})
		s.tab.console.allow(refusedNoise...)
		s.say(3)
		s.awaitAll(patience)
		for _, broken := range []bool{false, true} {
			eval[bool](s.tab, hide)
			s.say(2)
			if broken {
				s.gate.cut(t)
			}
			s.pass(1200 * time.Millisecond) // more than what hides a moment
			s.say(2)
			eval[bool](s.tab, show)
			s.say(2)
			s.awaitAll(patience)
		}
		s.settle()
	})
}

// A tab is hidden and shown in quick turns: one stream is left.
func TestFlickeringTab(t *testing.T) {
	t.Parallel()
	onEach(t, clients, func(t *testing.T, c client) {
		s := newScene(t, c, setting{})
		s.tab.console.allow(refusedNoise...)
		s.say(1)
		for range 10 {
			eval[bool](s.tab, hide)
			s.say(1)
			eval[bool](s.tab, show)
		}
		s.awaitAll(patience)
		s.settle()
	})
}

// links lead to the other page, inside the stream and below it.
var links = templ.Raw(`<nav hx-boost="true" hx-boost:inherited="true"><a id="first" href="/">First</a> <a id="second" href="/second">Second</a></nav>`)

// A page is left by boosted links, and returned to. Each page has a stream of
// its own; something is said between its rendering and its connecting.
func TestBoostedNavigation(t *testing.T) {
	t.Parallel()
	for _, kept := range []struct{ name, with string }{
		{"replaced", ""},
		{"hx_preserve", `id="live" hx-preserve="true"`},
	} {
		t.Run(kept.name, func(t *testing.T) {
			onEach(t, scripted, func(t *testing.T, c client) { boostedNavigation(t, c, kept.with) })
		})
	}
}

func boostedNavigation(t *testing.T, c client, with string) {
	s := newScene(t, c, setting{with: with, below: links})
	s.serve("/second", setting{with: with, below: parts(links, s.meanwhile())})
	s.tab.console.allow(refusedNoise...)
	s.say(2)
	s.awaitAll(patience)
	eval[bool](s.tab, "e2e.kept = true")
	for range 2 {
		s.tab.click("#second")
		s.tab.await(`location.pathname === "/second"`)
		s.awaitAll(patience)
		s.say(2)
		s.awaitAll(patience)
		s.tab.click("#first")
		s.tab.await(`location.pathname === "/"`)
		s.say(1)
		s.awaitAll(patience)
	}
	s.gate.awaitOpen(t, 1)
	s.gate.cut(t) // and what comes back is one stream
	s.tab.console.allow(refusedNoise...)
	s.say(2)
	s.awaitAll(patience)
	s.gate.awaitOpen(t, 1)
	if !eval[bool](s.tab, "e2e.kept === true") {
		t.Error("the page was loaded anew: the links are boosted")
	}
}

// A page is left by plain links and returned to by the browser's back button. A
// page that the browser keeps for that holds no stream, of which a browser opens
// six to a server by HTTP/1.1; it goes on when it is shown again.
func TestLeftPage(t *testing.T) {
	t.Parallel()
	onEach(t, scripted, func(t *testing.T, c client) {
		s := newScene(t, c, setting{below: templ.Raw(`<a id="second" href="/second">Second</a>`)})
		s.serve("/second", setting{})
		s.tab.console.allow(refusedNoise...)
		s.say(2)
		s.awaitAll(patience)
		eval[bool](s.tab, "e2e.kept = true")
		s.tab.click("#second")
		s.tab.await(`location.pathname === "/second"`)
		s.tab.awaitLive()
		s.gate.awaitOpen(t, 1)
		s.say(2)
		s.awaitAll(patience)
		eval[bool](s.tab, "setTimeout(() => history.back()) > 0") // once this has been answered
		s.tab.await(`location.pathname === "/"`)
		s.awaitAll(patience)
		s.settle()
		if !eval[bool](s.tab, "e2e.kept === true") {
			t.Error("the browser did not keep the page: this test shows nothing")
		}
	})
}

// meanwhile says something when it is rendered.
func (s *scene) meanwhile() templ.Component {
	return templ.ComponentFunc(func(context.Context, io.Writer) error {
		s.say(1)
		return nil
	})
}

// Back from a boosted link: what came since the page was rendered shows once, as
// htmx 2 takes no snapshot of the page (hx-history).
func TestBackToBoostedPage(t *testing.T) {
	t.Parallel()
	onEach(t, scripted, func(t *testing.T, c client) {
		s := newScene(t, c, setting{below: links})
		s.serve("/second", setting{below: links})
		s.tab.console.allow(refusedNoise...)
		s.say(3)
		s.awaitAll(patience)
		s.tab.click("#second")
		s.tab.await(`location.pathname === "/second"`)
		s.awaitStreams(2)
		s.awaitAll(patience)
		eval[bool](s.tab, "setTimeout(() => history.back()) > 0")
		s.tab.await(`location.pathname === "/"`)
		s.awaitStreams(3)
		s.say(1)
		s.awaitAll(patience)
	})
}

// The stream's element is taken off the page, and comes back, and is replaced:
// never is there more than one stream, and none without the element.
func TestReplacedStream(t *testing.T) {
	t.Parallel()
	onEach(t, scripted, func(t *testing.T, c client) {
		below := templ.Raw(`<div hx-target="[data-rt-stream]" hx-target:inherited="[data-rt-stream]">
			<button id="off" hx-get="/off" hx-swap="outerHTML">Off</button>
			<button id="on" hx-get="/on" hx-swap="outerHTML">On</button></div>`)
		s := newScene(t, c, setting{below: below})
		s.fragment("/off", `<div data-rt-stream></div>`)
		s.mux.HandleFunc("GET /on", func(w http.ResponseWriter, r *http.Request) {
			if err := s.element(setting{}.complete()).Render(r.Context(), w); err != nil {
				t.Error(err)
			}
		})
		s.tab.console.allow(refusedNoise...)
		s.say(2)
		s.awaitAll(patience)

		s.tab.click("#off")
		s.gate.awaitOpen(t, 0)
		s.say(1)
		s.pass(3500 * time.Millisecond) // more than any retry
		if got := len(s.streams()); got != 1 {
			t.Errorf("the page without its stream asked %d times, want 1", got)
		}
		for n := range 3 { // onto nothing, and over a stream that lives
			s.tab.click("#on")
			s.awaitStreams(n + 2)
			s.awaitAll(patience)
			s.say(1)
			s.awaitAll(patience)
		}
		s.settle()
		if got := len(s.streams()); got != 4 {
			t.Errorf("the page asked %d times, want 4: one for each element", got)
		}
	})
}

// Two tabs of one browser have a stream each.
func TestTwoTabs(t *testing.T) {
	t.Parallel()
	onEach(t, clients, func(t *testing.T, c client) {
		s := newScene(t, c, setting{as: "ann"})
		there := &scene{site: s.site, client: c, user: s.user, tab: s.user.open(s.url), said: s.said}
		for _, p := range []*tab{s.tab, there.tab} {
			p.console.allow(refusedNoise...)
		}
		there.tab.awaitLive()
		s.say(3)
		for range 2 {
			s.awaitAll(patience)
			there.said = s.said
			there.awaitAll(patience)
			s.gate.awaitOpen(t, 2)
			s.gate.cut(t)
			s.say(3)
		}
		s.awaitAll(patience)
		there.said = s.said
		there.awaitAll(patience)
	})
}
