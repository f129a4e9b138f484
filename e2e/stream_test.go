package e2e_test

import (
	"context"
	"io"
	"net/http"
	"slices"
	"testing"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/components"
	"github.com/htmxrt/htmxrt/htmxrt"
)

// Pages that follow their topics by components.Stream.
func TestPageStream(t *testing.T) {
	t.Parallel()
	t.Run("one_connection_per_page", oneConnection)
	t.Run("connect_race_no_lost_message", connectRace)
	t.Run("verbs_change_elements", verbs)
	t.Run("oob_swap_in_message", oobSwap)
	t.Run("strict_policy_without_violations", strictPolicy)
}

// list is a region that grows.
func list(topic string) templ.Component { return components.Region(topic, "beforeend") }

// regionOf selects the region of topic.
func regionOf(topic string) string { return `[data-sse-swap="` + topic + `"]` }

// oneConnection has several regions, one of them twice and one that comes later.
func oneConnection(t *testing.T) {
	s := newSite(t, htmxrt.Options{})
	s.live("/", []string{"room:1", "news", "presence"},
		list("room:1"), components.Region("news", ""), list("room:1"),
		templ.Raw(`<button hx-get="/more" hx-swap="outerHTML">More</button>`))
	s.mux.HandleFunc("GET /more", func(w http.ResponseWriter, r *http.Request) {
		if err := list("presence").Render(r.Context(), w); err != nil {
			t.Error(err)
		}
	})
	p := newUser(t).open(s.url)
	p.awaitOpen(1)
	p.click("button")
	// A region that a swap brings listens once htmx has settled it.
	p.await(`document.querySelector("[data-sse-swap=presence]:not(.htmx-added)")`)

	s.send("room:1", htmxrt.Text("a"))
	s.send("news", htmxrt.Text("old"))
	s.send("news", htmxrt.Text("new"))
	s.send("presence", htmxrt.Text("ann"))
	p.awaitText(regionOf("presence"), "ann")
	p.wantText(regionOf("news"), "new")
	both := `[...document.querySelectorAll("[data-sse-swap='room:1']")].map(e => e.textContent)`
	if got := eval[[]string](p, both); !slices.Equal(got, []string{"a", "a"}) {
		t.Errorf("the two regions of one topic show %q, want a and a", got)
	}
	if got := s.visits.count(htmxrt.DefaultStreamPath); got != 1 {
		t.Errorf("the page opened %d connections, want 1", got)
	}
}

// connectRace sends while the page is being rendered, and when that is done and
// its browser knows nothing of it yet.
func connectRace(t *testing.T) {
	s := newSite(t, htmxrt.Options{})
	meanwhile := func(text string) templ.Component {
		return templ.ComponentFunc(func(context.Context, io.Writer) error {
			return s.hub.Send(t.Context(), "room", htmxrt.Text(text), htmxrt.Everyone())
		})
	}
	s.show("/", parts(meanwhile("before, "), stream([]string{"room"}, list("room")), meanwhile("after")))
	p := newUser(t).open(s.url)
	p.awaitText(regionOf("room"), "before, after")
}

func verbs(t *testing.T) {
	s := newSite(t, htmxrt.Options{})
	s.live("/", []string{"room"}, templ.Raw(
		`<ul id="list"><li id="b">b</li><li id="c">c</li><li id="d">d</li></ul><p id="note">old</p>`))
	p := newUser(t).open(s.url)
	p.awaitOpen(1)

	item := func(id string) templ.Component { return templ.Raw(`<li id="` + id + `">` + id + `</li>`) }
	s.send("room", htmxrt.Append("#list", item("z")), htmxrt.Prepend("#list", item("a")))
	s.send("room", htmxrt.After("#d", item("e")), htmxrt.Before("#z", item("y")))
	s.send("room", htmxrt.Replace("#c", item("C")))
	s.send("room", htmxrt.Remove("#b"))
	s.send("room", htmxrt.Update("#note", templ.Raw("<b>new</b>")))
	p.awaitText("#note > b", "new")

	got := eval[[]string](p, `[...document.querySelectorAll("#list > li")].map(item => item.id + item.textContent)`)
	if want := []string{"aa", "CC", "dd", "ee", "yy", "zz"}; !slices.Equal(got, want) {
		t.Errorf("the list is %q, want %q", got, want)
	}
}

// oobSwap has what goes elsewhere beside what goes into the region.
func oobSwap(t *testing.T) {
	s := newSite(t, htmxrt.Options{})
	s.live("/", []string{"room"}, list("room"), templ.Raw(`<p id="count">0</p>`))
	p := newUser(t).open(s.url)
	p.awaitOpen(1)

	s.send("room", htmxrt.HTML(`<p>one</p><p id="count" hx-swap-oob="true">1</p>`))
	s.send("room", htmxrt.HTML(`<p id="count" hx-swap-oob="true">2</p>`))
	p.awaitText("#count", "2")
	p.wantText(regionOf("room"), "one")
}

// strictPolicy types and clicks as a person does, since evaluating scripts by
// the browser's tools would lift the policy.
func strictPolicy(t *testing.T) { eachMajor(t, htmxrt.Options{}, strictly) }

func strictly(t *testing.T, s *site) {
	s.live("/", []string{"room"}, list("room"), components.Status(),
		templ.Raw(`<form hx-post="/say" hx-swap="none"><input name="message"></form>`))
	s.action("/say", func(w http.ResponseWriter, r *http.Request) error {
		w.WriteHeader(http.StatusNoContent)
		return htmxrt.Send(r.Context(), "room", htmxrt.HTML(r.FormValue("message"))) // trusts what it must not
	})
	p := newUser(t).open(s.url)
	p.awaitLive()
	p.enter("input", "hello")
	p.awaitText(regionOf("room"), "hello")
	if got := eval[[]string](p, "e2e.violations"); len(got) > 0 {
		t.Errorf("the page broke its policy: %q", got)
	}

	p.console.allow("Content Security Policy") // the second line of defence
	p.enter("input", ` <script>document.title='owned'</script><b>x</b>`)
	p.awaitText(regionOf("room")+" > b", "x")
	p.await("e2e.violations.length > 0")
	if got := eval[string](p, "document.title"); got != "e2e" {
		t.Errorf("a pushed script ran in spite of the policy: the title is %q", got)
	}
}
