package e2e_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/static"
)

// majors are those that the page script serves with the same page.
var majors = []static.Htmx{static.Htmx2, static.Htmx4}

// eachMajor runs f for every major, on a site of its own.
func eachMajor(t *testing.T, options htmxrt.Options, f func(t *testing.T, s *site)) {
	t.Helper()
	for _, v := range majors {
		t.Run(strings.ReplaceAll(v.String(), " ", ""), func(t *testing.T) {
			t.Parallel()
			s := newSite(t, options)
			s.htmx = v
			f(t, s)
		})
	}
}

// awaitState waits until the script says that the page is in a state.
func (p *tab) awaitState(state string) {
	p.t.Helper()
	p.await(fmt.Sprintf("document.documentElement.dataset.rtState === %s", quote(state)))
}

// awaitLive waits until the page's stream is live; then the server follows its
// topics.
func (p *tab) awaitLive() {
	p.t.Helper()
	p.awaitState("live")
}

// What the page script does with what is sent.
func TestScriptShows(t *testing.T) {
	t.Parallel()
	t.Run("regions_of_both_spellings", scriptRegions)
	t.Run("events_of_a_region", scriptEvents)
	t.Run("verbs_between_topics_keep_their_order", scriptOrder)
	t.Run("seed_markup_verbatim", scriptSeed)
	t.Run("trigger_reaches_the_body", scriptTrigger)
	t.Run("tab_id_on_every_request", scriptTab)
}

func scriptRegions(t *testing.T) {
	eachMajor(t, htmxrt.Options{}, func(t *testing.T, s *site) {
		s.live("/", []string{"a", "b"}, list("a"), templ.Raw(`
			<p id="plain" sse-swap="a" hx-swap="innerHTML">old</p>
			<p id="two" data-sse-swap="a, b" hx-swap="beforeend"></p>
			<p id="elsewhere" sse-swap="b" hx-swap="innerHTML" hx-target="#target"></p><p id="target"></p>
			<p id="asks" hx-get="/more" hx-trigger="sse:b">10</p>`))
		s.fragment("/more", "12")
		p := newUser(t).open(s.url)
		p.awaitLive()
		s.send("a", htmxrt.HTML("<i>1</i>"))
		s.send("a", htmxrt.HTML("<i>2</i>"))
		s.send("b", htmxrt.HTML("<b>3</b>"))
		p.awaitText("#asks", "12")
		p.awaitText("#two", "123")
		p.wantText(regionOf("a"), "12")
		p.wantText("#plain", "2")
		p.wantText("#target > b", "3")
		p.wantText("#elsewhere", "")
	})
}

// scriptEvents cancels one of two regions of a topic.
func scriptEvents(t *testing.T) {
	eachMajor(t, htmxrt.Options{}, func(t *testing.T, s *site) {
		s.live("/", []string{"a"}, templ.Raw(`
			<p id="no" sse-swap="a" hx-swap="beforeend"></p><p id="yes" sse-swap="a" hx-swap="beforeend"></p>`))
		p := newUser(t).open(s.url)
		p.awaitLive()
		eval[bool](p, `document.querySelector('#no').addEventListener('htmx:sseBeforeMessage', e => e.preventDefault()) ?? true`)
		s.send("a", htmxrt.Text("x"))
		p.awaitText("#yes", "x")
		p.wantText("#no", "")
		if got := eval[[]string](p, "e2e.messages"); !slices.Equal(got, []string{"a"}) {
			t.Errorf("htmx:sseMessage told of %q, want one of a", got)
		}
	})
}

func scriptOrder(t *testing.T) {
	eachMajor(t, htmxrt.Options{}, func(t *testing.T, s *site) {
		swap := "beforeend"
		if s.htmx == static.Htmx4 { // htmx 2 does not wait for one that is delayed
			swap += " swap:5ms"
		}
		s.live("/", []string{"a"}, templ.Raw(`<p id="list" sse-swap="a" hx-swap="`+swap+`"></p>`))
		p := newUser(t).open(s.url)
		p.awaitLive()
		want := ""
		for i := range 50 {
			text := fmt.Sprint(i, " ")
			if want += text; i%3 == 0 {
				s.send("a", htmxrt.Append("#list", templ.Raw("<i>"+text+"</i>")))
			} else {
				s.send("a", htmxrt.HTML("<b>"+text+"</b>"))
			}
		}
		p.awaitText("#list", want)
	})
}

func scriptSeed(t *testing.T) {
	eachMajor(t, htmxrt.Options{}, func(t *testing.T, s *site) {
		s.stream("/api/sse", "chat")
		s.page("/", `<div hx-ext="sse" sse-connect="/api/sse"><div sse-swap="chat"></div></div>`)
		p := newUser(t).open(s.url)
		p.awaitLive()
		s.send("chat", htmxrt.HTML("<p>one</p>"))
		p.awaitText("[sse-swap]", "one")
		s.send("chat", htmxrt.HTML("<p>two</p>"))
		p.awaitText("[sse-swap]", "two")
	})
}

func scriptTrigger(t *testing.T) {
	eachMajor(t, htmxrt.Options{}, func(t *testing.T, s *site) {
		s.live("/", []string{"a"}, list("a"))
		p := newUser(t).open(s.url)
		p.awaitLive()
		eval[bool](p, `document.body.addEventListener('paid', e => { window.paid = (window.paid ?? '') + e.detail.sum }) ?? true`)
		s.send("a", htmxrt.Trigger("paid", map[string]int{"sum": 7}))
		s.send("a", htmxrt.Text("fence"))
		p.awaitText(regionOf("a"), "fence")
		if got := eval[string](p, "window.paid"); got != "7" {
			t.Errorf("the trigger fired with %q, want once with 7", got)
		}
	})
}

// scriptTab lets a button outside of the stream's element send to all but its
// own tab.
func scriptTab(t *testing.T) {
	eachMajor(t, htmxrt.Options{}, func(t *testing.T, s *site) {
		s.show("/", parts(stream([]string{"a"}, list("a")), templ.Raw(`<button hx-post="/say" hx-swap="none">Say</button>`)))
		s.action("/say", func(w http.ResponseWriter, r *http.Request) error {
			w.WriteHeader(http.StatusNoContent)
			return htmxrt.Send(r.Context(), "a", htmxrt.Text("others "), htmxrt.Everyone(), htmxrt.ExceptSender())
		})
		ann, bob := newUser(t).open(s.url), newUser(t).open(s.url)
		ann.awaitLive()
		bob.awaitLive()
		ann.click("button")
		bob.awaitText(regionOf("a"), "others ")
		s.send("a", htmxrt.Text("fence"))
		ann.awaitText(regionOf("a"), "fence")
	})
}
