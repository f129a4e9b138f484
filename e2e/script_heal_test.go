package e2e_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// How the page script puts a page right that has missed something.
func TestScriptHeals(t *testing.T) {
	t.Parallel()
	t.Run("reset_keeps_what_the_user_does", healKeeps)
	t.Run("messages_during_the_heal_show_once", healMeanwhile)
	t.Run("refresh_at_most_once_in_ten_seconds", healSeldom)
	t.Run("sign_in_page_ends_it", healSignIn)
	t.Run("failed_heal_is_tried_again", healFails)
	t.Run("heal_without_an_answer_is_tried_again", healHangs)
	t.Run("form_with_controls_of_any_name_is_healed", healForms)
	t.Run("other_version_loads_the_page_anew_once", otherVersion)
	t.Run("other_version_waits_for_typed_text", otherVersionTyped)
}

// showing serves a page whose live inside is what html says at the time.
func (s *site) showing(path string, html func() string) {
	s.show(path, templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return stream([]string{"a"}, templ.Raw(html())).Render(ctx, w)
	}))
}

// healKeeps restarts the server with another log while the user types.
func healKeeps(t *testing.T) {
	options := htmxrt.Options{Key: []byte(strings.Repeat("k", 32))}
	eachMajor(t, options, func(t *testing.T, s *site) {
		var n atomic.Int32
		n.Store(1)
		s.showing("/", func() string {
			items := ""
			for i := range n.Load() {
				items += fmt.Sprintf(`<li id="i%d">%d</li>`, i, i)
			}
			return `<ul id="list" data-sse-swap="a" hx-swap="beforeend" hx-target="this">` + items + `</ul>
				<div id="box"><p>` + strings.Repeat("line<br>", 200) + `</p></div>
				<form><input id="one" value="` + fmt.Sprint(n.Load()) + `"><textarea id="two">` + fmt.Sprint(n.Load()) + `</textarea>
				<p id="note" contenteditable="true">write here</p>
				<input id="three" type="checkbox"><input id="clean" value="` + fmt.Sprint(n.Load()) + `"></form>
`
		})
		p := newUser(t).open(s.url)
		p.allowRefusals()
		p.awaitLive()
		eval[bool](p, `(() => {
			const get = id => document.getElementById(id)
			const box = get('box'); box.style.cssText = 'height:50px;overflow:auto'; box.setAttribute('hx-morph-skip', '')
			box.scrollTop = 77
			get('two').value = 'typed'
			get('three').checked = true
			get('note').textContent = 'written'
			const one = get('one'); one.focus(); one.value = 'focused'; one.setSelectionRange(2, 4)
			window.kept = one
			return true
		})()`)
		s.send("a", htmxrt.HTML(`<li id="i0">0</li>`))

		s.stop()
		n.Store(3)
		s.start(strings.TrimPrefix(s.url, "http://"), options)
		p.await(`document.querySelectorAll("#list > li").length === 3`)
		p.awaitLive()
		got := eval[[]string](p, `(() => {
			const get = id => document.getElementById(id)
			const one = get('one')
			return [String(document.activeElement === one && one === window.kept), one.value, one.selectionStart + '-' + one.selectionEnd,
				get('two').value, String(get('three').checked), get('note').textContent, get('clean').value]
		})()`)
		if want := []string{"true", "focused", "2-4", "typed", "true", "written", "3"}; !slices.Equal(got, want) {
			t.Errorf("after the heal the page has %q, want %q", got, want)
		}
		s.visits.await(t, htmxrt.DefaultStreamPath, "the page's new ticket is used", func(list []visit) bool {
			return list[len(list)-1].ended.IsZero() && list[len(list)-1].query.Get("ticket") != list[0].query.Get("ticket")
		})
		s.send("a", htmxrt.HTML(`<li id="i3">3</li>`))
		p.await(`document.querySelectorAll("#list > li").length === 4`)
	})
}

// healMeanwhile sends while the page is being fetched anew: some of it is in
// what the server shows then, some is not.
func healMeanwhile(t *testing.T) {
	eachMajor(t, htmxrt.Options{}, func(t *testing.T, s *site) {
		var items atomic.Pointer[[]string]
		items.Store(&[]string{})
		say := func(text string) {
			all := append(slices.Clone(*items.Load()), text)
			items.Store(&all)
			s.send("a", htmxrt.HTML("<b>"+text+" </b>"))
		}
		fetched := 0
		s.showing("/", func() string {
			if fetched++; fetched == 2 {
				say("shown")
			}
			html := ""
			for _, text := range *items.Load() {
				html += "<b>" + text + " </b>"
			}
			if fetched == 2 {
				say("later")
				s.send("a", htmxrt.Trigger("ping", nil))
			}
			return `<p id="list" data-sse-swap="a" hx-swap="beforeend" hx-target="this">` + html + `</p>`
		})
		p := newUser(t).open(s.url)
		p.awaitLive()
		say("before")
		p.awaitText("#list", "before ")
		eval[bool](p, "document.body.addEventListener('ping', () => { window.pings = (window.pings ?? 0) + 1 }) ?? true")
		eval[bool](p, "(document.title = 'another') && true")
		s.send("a", htmxrt.Refresh())
		p.await(`document.title === "e2e"`)
		s.visits.await(t, htmxrt.DefaultStreamPath, "the page has gone on", oneLives(2))
		say("after")
		// What came between the page's cursor and its rendering is in both.
		p.awaitText("#list", "before shown shown later after ")
		if got := eval[int](p, "window.pings"); got != 1 {
			t.Errorf("a trigger that came during the heal fired %d times, want once", got)
		}
	})
}

func healSeldom(t *testing.T) {
	eachMajor(t, htmxrt.Options{}, func(t *testing.T, s *site) {
		s.showing("/", func() string { return region })
		p := newUser(t).open(s.url)
		p.awaitLive()
		for range 20 {
			s.send("a", htmxrt.Refresh())
		}
		s.visits.await(t, "/", "the page is fetched again", allEnded(2))
		s.visits.await(t, htmxrt.DefaultStreamPath, "the page has gone on", oneLives(2))
		for range 20 {
			s.send("a", htmxrt.Refresh())
		}
		list := s.visits.await(t, "/", "the page is fetched a third time", allEnded(3))
		if gap := list[2].at.Sub(list[1].at).Seconds(); gap < 9.5 {
			t.Errorf("the page was fetched twice within %.1f s, want 10 at least", gap)
		}
	})
}

func healSignIn(t *testing.T) {
	eachMajor(t, htmxrt.Options{}, func(t *testing.T, s *site) {
		var out atomic.Bool
		content := s.turns(region, stay(opening(1, "first"), block("", "htmxrt-reset", `{"reason":"ticket"}`)), stay(opening(1, "")))
		s.mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
			if out.Swap(true) {
				http.Redirect(w, r, "/login", http.StatusFound)
				return
			}
			w.Header().Set("Content-Type", "text/html")
			document(s.htmx, templ.Raw(content)).Render(r.Context(), w)
		})
		s.page("/login", "<h1>sign in</h1>")
		p := newUser(t).open(s.url)
		p.awaitState("closed")
		if got := s.visits.count("/login"); got != 1 {
			t.Errorf("the sign-in page was asked for %d times, want 1", got)
		}
		p.await("document.querySelector('h1') === null")
		s.visits.await(t, turnsPath, "the stream ends", allEnded(1))
	})
}

func healFails(t *testing.T) {
	eachMajor(t, htmxrt.Options{}, func(t *testing.T, s *site) {
		var n atomic.Int32
		s.mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
			if n.Add(1) == 2 {
				http.Error(w, "not now", http.StatusBadGateway)
				return
			}
			w.Header().Set("Content-Type", "text/html")
			inside := fmt.Sprintf(`<i id="n">%d</i>`, n.Load()) + region
			if err := document(s.htmx, stream([]string{"a"}, templ.Raw(inside))).Render(r.Context(), w); err != nil {
				t.Error(err)
			}
		})
		p := newUser(t).open(s.url)
		p.allowRefusals()
		p.awaitLive()
		s.send("a", htmxrt.Refresh())
		s.visits.await(t, "/", "the heal fails", allEnded(2))
		s.send("a", htmxrt.Text("meanwhile"))
		p.awaitText("p", "meanwhile")
		p.awaitText("#n", "3")
	})
}

// healHangs answers the second request for the page with nothing at all: until
// the page gives up, it drops what comes.
func healHangs(t *testing.T) {
	eachMajor(t, htmxrt.Options{}, func(t *testing.T, s *site) {
		var n atomic.Int32
		s.mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
			if n.Add(1) == 2 {
				<-r.Context().Done()
				return
			}
			w.Header().Set("Content-Type", "text/html")
			if err := document(s.htmx, stream([]string{"a"}, templ.Raw(region))).Render(r.Context(), w); err != nil {
				t.Error(err)
			}
		})
		u := newUser(t)
		p := u.blank()
		p.before(fmt.Sprintf(hurry, 30))
		p.navigate(s.url)
		p.allowRefusals()
		p.awaitLive()
		s.send("a", htmxrt.Refresh())
		s.visits.await(t, "/", "the page gives up", allEnded(2))
		s.send("a", htmxrt.Text("meanwhile"))
		p.awaitText("p", "meanwhile")
	})
}

// healForms heals forms, whose controls shadow their properties.
func healForms(t *testing.T) {
	eachMajor(t, htmxrt.Options{}, func(t *testing.T, s *site) {
		var n atomic.Int32
		s.showing("/", func() string {
			return fmt.Sprintf(`<form><input name="options"><input name="checked"><b id="n">%d</b></form>`, n.Add(1)) + region
		})
		p := newUser(t).open(s.url)
		p.awaitLive()
		s.send("a", htmxrt.Refresh())
		s.visits.await(t, "/", "the page is fetched again", allEnded(2))
		s.visits.await(t, htmxrt.DefaultStreamPath, "the page has gone on", oneLives(2))
		s.send("a", htmxrt.Text("after"))
		p.awaitText("p", "after")
		p.awaitText("#n", "2")
	})
}

// newer is htmxrt-open of a server of another release.
const newer = `{"version":2,"tab":"tttttttttttttttttttttt"}`

func otherVersion(t *testing.T) {
	eachMajor(t, htmxrt.Options{}, func(t *testing.T, s *site) {
		open := block(at(1), "htmxrt-open", newer)
		s.page("/", s.turns(region, stay(open), stay(open, block(at(2), "a", "still"))))
		p := newUser(t).open(s.url)
		p.awaitText("p", "still")
		if got := s.visits.count("/"); got != 2 {
			t.Errorf("the page was loaded %d times, want 2", got)
		}
		if got := p.console.warnings("script of wire version 1, server of 2"); len(got) == 0 {
			t.Errorf("the page warned %q, want a warning", got)
		}
	})
}

func otherVersionTyped(t *testing.T) {
	eachMajor(t, htmxrt.Options{}, func(t *testing.T, s *site) {
		beats := make(chan string, 2)
		s.page("/", `<input>`+s.turns(region, func(w http.ResponseWriter, r *http.Request) {
			events(opening(1, ""), block(at(2), "a", "old"))(w, r)
			for text := range beats {
				http.NewResponseController(w).Flush()
				io.WriteString(w, text)
			}
			http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}))
		p := newUser(t).open(s.url)
		p.allowRefusals()
		beats <- "" // flushes
		p.awaitText("p", "old")
		eval[bool](p, "(document.querySelector('input').value = 'typed') && true")
		beats <- block(at(3), "htmxrt-open", newer) + block(at(4), "a", " new")
		beats <- ""
		p.awaitText("p", "old new")
		if got := s.visits.count("/"); got != 1 {
			t.Errorf("the page was loaded %d times, want 1: typed text would be lost", got)
		}
		eval[bool](p, "(document.querySelector('input').value = '') || true")
		beats <- block(at(5), "htmxrt-beat", "")
		close(beats)
		s.visits.await(t, "/", "the page is loaded again", func(list []visit) bool { return len(list) == 2 })
	})
}
