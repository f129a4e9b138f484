package e2e_test

import (
	"testing"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/static"
)

// Pages without the page script: what the extensions of htmx do alone.
func TestWithoutTheScript(t *testing.T) {
	t.Parallel()
	t.Run("htmx2_shows_topics_and_verbs", without2)
	t.Run("htmx2_repeats_what_is_appended_twice", without2Doubles)
	t.Run("htmx4_shows_verbs", without4)
}

func without2(t *testing.T) {
	s := newSite(t, htmxrt.Options{})
	s.plain = true
	s.live("/", []string{"a"}, list("a"), templ.Raw(`<ul id="list"></ul>`))
	p := newUser(t).open(s.url + "/?as=ann")
	p.awaitOpen(1)
	s.send("a", htmxrt.Text("topic"))
	s.send("a", htmxrt.Append("#list", templ.Raw("<li>verb</li>")))
	p.awaitText("#list", "verb")
	p.wantText(regionOf("a"), "topic")
	if err := s.hub.Revoke(t.Context(), htmxrt.UserTarget("ann")); err != nil {
		t.Fatal(err)
	}
	p.await(`e2e.closed.includes("message")`)
	p.await(`document.documentElement.dataset.rtState === undefined`)
}

func without2Doubles(t *testing.T) {
	s := newSite(t, htmxrt.Options{})
	s.plain = true
	s.live("/", []string{"a"}, list("a"))
	p := newUser(t).open(s.url)
	p.awaitOpen(1)
	s.send("a", htmxrt.HTML(`<p id="x">1</p>`))
	s.send("a", htmxrt.HTML(`<p id="x">2</p>`))
	p.awaitText(regionOf("a"), "12")
}

func without4(t *testing.T) {
	s := newSite(t, htmxrt.Options{})
	s.bare("/", without(static.Htmx4, "htmxrt"), "", []string{"a"}, `<p id="region" sse-swap="a"></p><ul id="list"></ul>`)
	p := newUser(t).open(s.url)
	s.visits.await(t, htmxrt.DefaultStreamPath, "the page connects", oneLives(1))
	s.send("a", htmxrt.Text("topic"))
	s.send("a", htmxrt.Append("#list", templ.Raw("<li>verb</li>")))
	p.awaitText("#list", "verb")
	p.wantText("#region", "")
}
