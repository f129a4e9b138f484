package e2e_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// What is appended twice is on the page once.
func TestScriptShowsOnce(t *testing.T) {
	t.Parallel()
	t.Run("response_and_push", responseAndPush)
	t.Run("every_form_of_append", appendForms)
	t.Run("delete_and_append_moves", deleteAndAppend)
	t.Run("list_sticks_to_its_bottom", sticks)
}

// responseAndPush shows a message to its sender twice: as the answer of the form
// and as a push; the order of the two is left to chance.
func responseAndPush(t *testing.T) {
	eachMajor(t, htmxrt.Options{}, func(t *testing.T, s *site) {
		s.live("/", []string{"a"}, templ.Raw(`<ul id="list" data-sse-swap="a" hx-swap="beforeend" hx-target="this"></ul>
			<form hx-post="/say" hx-target="#list" hx-swap="beforeend"><input name="text"></form>`))
		said := 0
		s.action("/say", func(w http.ResponseWriter, r *http.Request) error {
			said++
			html := fmt.Sprintf(`<li id="m%d">%s <input id="reply%d"></li>`, said, r.FormValue("text"), said)
			if err := htmxrt.Send(r.Context(), "a", htmxrt.HTML(html), htmxrt.Everyone()); err != nil {
				return err
			}
			_, err := io.WriteString(w, html)
			return err
		})
		ann, bob := newUser(t).open(s.url), newUser(t).open(s.url)
		ann.awaitLive()
		bob.awaitLive()
		for n := range 5 {
			ann.enter("form input", "x")
			ann.await(fmt.Sprintf("e2e.answers.length === %d", n+1))
		}
		s.send("a", htmxrt.HTML(`<li id="fence"></li>`))
		want := []string{"m1", "m2", "m3", "m4", "m5", "fence"}
		for _, p := range []*tab{ann, bob} {
			p.await("document.getElementById('fence')")
			if got := eval[[]string](p, "[...document.querySelectorAll('li')].map(li => li.id)"); !slices.Equal(got, want) {
				t.Errorf("the list has %q, want %q", got, want)
			}
		}
		// What was typed into an item outlives its coming again.
		eval[bool](bob, "(document.getElementById('reply2').value = 'typed') && true")
		s.send("a", htmxrt.HTML(`<li id="m2">changed <input id="reply2"></li>`))
		bob.await("document.getElementById('m2').textContent.startsWith('changed')")
		if got := eval[string](bob, "document.getElementById('reply2').value"); got != "typed" {
			t.Errorf("the reply has the text %q, want typed", got)
		}
	})
}

// appendForms sends one item again in each form that inserts it.
func appendForms(t *testing.T) {
	item := func(text string) templ.Component { return templ.Raw(`<li id="i">` + text + `</li>`) }
	eachMajor(t, htmxrt.Options{}, func(t *testing.T, s *site) {
		s.live("/", []string{"a"}, templ.Raw(`<ul id="list" data-sse-swap="a" hx-swap="afterbegin" hx-target="this"><li id="last">last</li></ul>
			<table><tbody id="rows"></tbody></table>`))
		p := newUser(t).open(s.url)
		p.awaitLive()
		forms := []htmxrt.SendOption{
			htmxrt.HTML(`<li id="i">1</li>`),
			htmxrt.Append("#list", item("2")),
			htmxrt.Prepend("#list", item("3")),
			htmxrt.After("#last", item("4")),
			htmxrt.Before("#last", item("5")),
			htmxrt.HTML(`<ul hx-swap-oob="beforeend:#list"><li id="i">6</li></ul>`),
			htmxrt.HTML(`<li id="i">no</li><li id="i">7</li>`),
		}
		for i, form := range forms {
			s.send("a", form)
			p.awaitText("#i", fmt.Sprint(i+1))
			p.wantText("#list", fmt.Sprint(i+1, "last"))
		}
		row := func(text string) templ.Component { return templ.Raw(`<tr id="row"><td>` + text + `</td></tr>`) }
		s.send("a", htmxrt.Append("#rows", row("1")))
		s.send("a", htmxrt.Append("#rows", row("2")))
		p.awaitText("#row > td", "2")
		p.wantText("#rows", "2")
	})
}

// deleteAndAppend is how pages without the script avoid doubles.
func deleteAndAppend(t *testing.T) {
	eachMajor(t, htmxrt.Options{}, func(t *testing.T, s *site) {
		s.live("/", []string{"a"}, templ.Raw(`<div data-sse-swap="a" hx-swap="none"></div>
			<ul id="list"><li id="i">old</li><li id="j">other</li></ul><ul id="second"></ul>`))
		p := newUser(t).open(s.url)
		p.awaitLive()
		s.send("a", htmxrt.Remove("#i"), htmxrt.Append("#list", templ.Raw(`<li id="i">new</li>`)))
		p.awaitText("#list", "othernew")
		s.send("a", htmxrt.HTML(`<li id="i" hx-swap-oob="delete"></li><ul hx-swap-oob="beforeend:#second"><li id="i">moved</li></ul>`))
		p.awaitText("#second", "moved")
		p.wantText("#list", "other")
		s.send("a", htmxrt.Update("#list", templ.Raw(`<li>empty</li>`)), htmxrt.Append("#second", templ.Raw(`<li id="j">kept</li>`)))
		p.awaitText("#second", "movedkept")
		p.wantText("#list", "empty")
	})
}

func sticks(t *testing.T) {
	eachMajor(t, htmxrt.Options{}, func(t *testing.T, s *site) {
		s.mux.HandleFunc("GET /list.css", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/css")
			io.WriteString(w, "#list { height: 200px; overflow: auto }")
		})
		s.live("/", []string{"a"}, templ.Raw(`<link rel="stylesheet" href="/list.css">
			<div id="list" data-rt-stick data-sse-swap="a" hx-swap="beforeend" hx-target="this">`+strings.Repeat("<p>line</p>", 20)+`</div>`))
		p := newUser(t).open(s.url)
		p.awaitLive()
		const bottom = "(e => e.scrollHeight - e.scrollTop - e.clientHeight < 2)(document.getElementById('list'))"
		for i := range 3 {
			s.send("a", htmxrt.HTML(fmt.Sprintf("<p id=n%d>new<br>line</p>", i)))
			p.await(fmt.Sprintf("document.getElementById('n%d')", i))
			p.await(bottom)
		}
		eval[bool](p, `new Promise(resolve => {
			const list = document.getElementById('list')
			list.addEventListener('scroll', () => requestAnimationFrame(() => resolve(true)), {once: true})
			list.scrollTop = 30
		})`)
		s.send("a", htmxrt.HTML("<p id=n9>new</p>"))
		p.await("document.getElementById('n9')")
		if got := eval[int](p, "document.getElementById('list').scrollTop"); got != 30 {
			t.Errorf("a list that was scrolled up is at %d, want 30", got)
		}
	})
}
