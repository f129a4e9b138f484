package e2e_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// How the page script keeps a page connected.
func TestScriptLives(t *testing.T) {
	t.Parallel()
	t.Run("cursor_and_ticket_over_every_wrong_answer", wrongAnswers)
	t.Run("what_was_seen_is_dropped_by_order", seenDropped)
	t.Run("first_connect_is_tried_again", firstConnect)
	t.Run("bye_comes_back_after_its_retry", byeComesBack)
	t.Run("close_is_for_good", closedForGood)
	t.Run("states_and_their_event", states)
	t.Run("offline_is_not_reconnecting", offline)
	t.Run("foreign_stream_keeps_its_own_rules", foreign)
	t.Run("one_stream_under_boosted_navigation", boosted)
	t.Run("one_stream_when_kept_by_hx_preserve", preserved)
	t.Run("one_stream_when_processed_again", processedAgain)
	t.Run("two_elements_keep_apart", twoElements)
	t.Run("element_that_goes_closes_its_stream", elementGoes)
}

// wrongAnswers ends a stream and then answers its reconnects wrongly.
func wrongAnswers(t *testing.T) {
	login := func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/login", http.StatusFound) }
	plainText := func(w http.ResponseWriter, r *http.Request) { // what looks like a stream
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprint(w, block(at(5), "a", "forged "), block(at(6), "a", "forged "))
	}
	answers := map[string]turn{
		"503": status(503), "401": status(401), "204": status(204), "html": status(200), "plain": plainText, "login": login,
	}
	for name, wrong := range answers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachMajor(t, htmxrt.Options{}, func(t *testing.T, s *site) {
				s.page("/login", "<p>sign in</p>")
				s.page("/", s.turns(region,
					events(opening(1, "second"), block(at(5), "a", "5 "), goodbye),
					wrong, wrong,
					stay(opening(3, "third"), block(at(5), "a", "5 "), block(at(6), "a", "6 "))))
				p := newUser(t).open(s.url)
				p.allowRefusals()
				p.awaitText("p", "5 6 ")
				list := s.asked(t, 4)
				for i, one := range list[1:] {
					if one.query.Get("after") != at(5) || one.query.Get("ticket") != "second" {
						t.Errorf("request %d had the query %v, want after %s and the ticket second", i+2, one.query, at(5))
					}
				}
				// 200 and 400 ms, less a fifth; a busy machine makes them longer.
				for i, least := range []time.Duration{160 * time.Millisecond, 320 * time.Millisecond} {
					if wait := list[i+2].at.Sub(list[i+1].at); wait < least {
						t.Errorf("the page asked again %v after wrong answer %d, want %v at least", wait, i+1, least)
					}
				}
				if got := eval[int](p, "document.querySelectorAll('h1').length"); got > 0 {
					t.Error("the page shows the wrong answer")
				}
			})
		})
	}
}

// seenDropped repeats a part of the log, with messages without a cursor.
func seenDropped(t *testing.T) {
	eachMajor(t, htmxrt.Options{}, func(t *testing.T, s *site) {
		s.page("/", s.turns(region,
			events(opening(1, ""), block(at(2), "a", "2 "), block("", "a", "now "), block(at(4), "a", "4 "), goodbye),
			stay(opening(1, ""), block("", "a", "old "), block(at(2), "a", "2 "), block("", "a", "old "),
				block(at(4), "a", "4 "), block("", "a", "half "), block(at(6), "a", "whole "),
				block(at(6), "htmxrt-beat", ""), block(at(9), "htmxrt-beat", ""), block(at(8), "a", "8 "), block(at(10), "a", "end"))))
		p := newUser(t).open(s.url)
		p.allowRefusals()
		p.awaitText("p", "2 now 4 half whole end")
	})
}

func firstConnect(t *testing.T) {
	eachMajor(t, htmxrt.Options{}, func(t *testing.T, s *site) {
		s.page("/", s.turns(region, status(503), status(200), stay(opening(1, ""), block(at(2), "a", "there"))))
		p := newUser(t).open(s.url)
		p.allowRefusals()
		p.awaitText("p", "there")
		if list := s.asked(t, 3); list[2].query.Get("after") != at(1) {
			t.Errorf("the third try had the query %v, want the page's cursor", list[2].query)
		}
	})
}

func byeComesBack(t *testing.T) {
	eachMajor(t, htmxrt.Options{}, func(t *testing.T, s *site) {
		const bye = "retry: 4000\nevent: htmxrt-bye\ndata: {\"reason\":\"store\"}\n\n"
		s.page("/", s.turns(region, events(bye), stay(opening(1, ""), block(at(2), "a", "back"))))
		p := newUser(t).open(s.url)
		p.allowRefusals()
		p.awaitText("p", "back")
		list := s.asked(t, 2)
		// It takes up to 20 % more or less.
		if gap := list[1].at.Sub(list[0].at); gap < 3100*time.Millisecond || gap > patience {
			t.Errorf("the page came back after %v, want about 4s", gap)
		}
	})
}

// closedForGood has the watchdog that htmx 4 pages without the script need.
func closedForGood(t *testing.T) {
	eachMajor(t, htmxrt.Options{}, func(t *testing.T, s *site) {
		s.live("/", []string{"a"}, list("a"))
		p := newUser(t).open(s.url + "/?as=ann")
		p.awaitLive()
		if err := s.hub.Revoke(t.Context(), htmxrt.UserTarget("ann")); err != nil {
			t.Fatal(err)
		}
		p.awaitState("closed")
		s.visits.await(t, htmxrt.DefaultStreamPath, "the stream ends", allEnded(1))
		eval[bool](p, "htmx.process(document.body, true) ?? true")
		eval[bool](p, "new Promise(resolve => setTimeout(() => resolve(true), 3000))") // more than the first retries
		if got := s.visits.count(htmxrt.DefaultStreamPath); got != 1 {
			t.Errorf("the page asked %d times, want 1: none after htmxrt-close", got)
		}
		p.awaitState("closed")
	})
}

func states(t *testing.T) {
	eachMajor(t, htmxrt.Options{}, func(t *testing.T, s *site) {
		s.page("/", s.turns(region, events(opening(1, ""), goodbye),
			stay(opening(1, ""), block("", "htmxrt-close", `{"reason":"session"}`))))
		p := newUser(t).open(s.url)
		p.allowRefusals()
		p.awaitState("closed")
		p.await(`e2e.states.join() === "live,reconnecting,live,closed"`)
	})
}

func offline(t *testing.T) {
	eachMajor(t, htmxrt.Options{}, func(t *testing.T, s *site) {
		go1, go2 := make(chan bool), make(chan bool)
		until := func(c chan bool) turn {
			return func(w http.ResponseWriter, r *http.Request) {
				events(opening(1, ""))(w, r)
				http.NewResponseController(w).Flush()
				<-c
			}
		}
		s.page("/", s.turns(region, until(go1), status(503), until(go2), stay(opening(1, ""), block(at(2), "a", "there"))))
		p := newUser(t).open(s.url)
		p.allowRefusals()
		p.awaitLive()
		eval[bool](p, `Object.defineProperty(navigator, 'onLine', {value: false, configurable: true}) && true`)
		close(go1)
		p.awaitState("offline")
		eval[bool](p, `delete navigator.onLine`)
		p.awaitState("live")
		close(go2)
		p.awaitText("p", "there")
		p.await(`e2e.states.join() === "live,offline,reconnecting,live,reconnecting,live" || e2e.states.join() === "live,offline,live,reconnecting,live"`)
	})
}

// foreign is a stream of another server: its ids are its own, its lines end as they
// like, and its pieces come as they like.
func foreign(t *testing.T) {
	eachMajor(t, htmxrt.Options{}, func(t *testing.T, s *site) {
		pieces := func(list ...string) turn {
			return func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/event-stream;charset=utf-8")
				for _, piece := range list {
					fmt.Fprint(w, piece)
					http.NewResponseController(w).Flush()
				}
			}
		}
		s.mux.Handle("GET "+turnsPath, &turns{list: []turn{
			pieces("\ufeff: hello\nretry: 100\r", "\n\nid:9\nevent: a\ndata:9", "\r\ndata: more\r\n\r", "\nid: 10\revent: a\rdata: 10\r\r",
				"event: a\ndata", "\n\nevent: a\n\nid: 11\n\ndata: lost"),
			stay("id: 2\nevent: a\ndata: 2\n\n"),
		}})
		s.page("/", `<div hx-ext="sse" sse-connect="`+turnsPath+`"><pre id="all" sse-swap="a" hx-swap="beforeend"></pre></div>`)
		p := newUser(t).open(s.url)
		p.allowRefusals()
		p.awaitText("#all", "9\nmore102")
		if list := s.asked(t, 2); list[1].lastID != "11" || list[1].query.Has("after") {
			t.Errorf("the page came back with Last-Event-ID %q and the query %v, want 11 and none", list[1].lastID, list[1].query)
		}
	})
}

// navigation is a page with a link to another one.
func (s *site) navigation(path, topic, next, attributes string) {
	s.show(path, parts(
		templ.Raw(`<div id="live" hx-boost="true" hx-boost:inherited="true" `+attributes+`>`),
		stream([]string{topic}, list(topic), templ.Raw(`<a id="to" href="`+next+`">go</a><h2>`+path+`</h2>`)),
		templ.Raw(`</div><h1>`+path+`</h1>`)))
}

func boosted(t *testing.T) {
	eachMajor(t, htmxrt.Options{Heartbeat: time.Minute}, func(t *testing.T, s *site) {
		s.navigation("/one", "a", "/two", "")
		s.navigation("/two", "b", "/one", "")
		p := newUser(t).open(s.url + "/one")
		p.awaitLive()
		p.click("#to")
		p.awaitText("h1", "/two")
		p.click("#to")
		p.awaitText("h1", "/one")
		s.visits.await(t, htmxrt.DefaultStreamPath, "one stream lives", oneLives(3))
		s.send("a", htmxrt.Text("once"))
		p.awaitText(regionOf("a"), "once")
	})
}

// oneLives reports n requests of which one goes on.
func oneLives(n int) func([]visit) bool {
	return func(list []visit) bool {
		open := 0
		for _, one := range list {
			if one.ended.IsZero() {
				open++
			}
		}
		return len(list) == n && open == 1 && list[n-1].status == http.StatusOK
	}
}

// preserved keeps the stream's element, which keeps its topics.
func preserved(t *testing.T) {
	eachMajor(t, htmxrt.Options{}, func(t *testing.T, s *site) {
		for path, next := range map[string]string{"/one": "/two", "/two": "/one"} {
			s.show(path, parts(
				templ.Raw(`<p hx-boost="true" hx-boost:inherited="true"><a id="to" href="`+next+`">go</a></p><h1>`+path+`</h1>`),
				templ.Raw(`<div id="live" hx-preserve="true">`), stream([]string{"a"}, list("a")), templ.Raw(`</div>`)))
		}
		p := newUser(t).open(s.url + "/one")
		p.awaitLive()
		for _, path := range []string{"/two", "/one", "/two"} {
			p.click("#to")
			p.awaitText("h1", path)
		}
		s.send("a", htmxrt.Text("once "))
		p.awaitText(regionOf("a"), "once ")
		s.send("a", htmxrt.Append(regionOf("a"), templ.Raw("<i>partial</i>")))
		p.awaitText(regionOf("a"), "once partial")
		s.visits.await(t, htmxrt.DefaultStreamPath, "one stream lives", oneLives(1))
	})
}

// processedAgain changes an attribute of the stream's element and initialises
// the page again.
func processedAgain(t *testing.T) {
	eachMajor(t, htmxrt.Options{}, func(t *testing.T, s *site) {
		s.live("/", []string{"a"}, list("a"), templ.Raw(`<ul id="list"></ul>`))
		p := newUser(t).open(s.url)
		p.awaitLive()
		eval[bool](p, `document.querySelector("[data-rt-stream]").setAttribute("title", "x") ?? htmx.process(document.body) ?? true`)
		s.send("a", htmxrt.Append("#list", templ.Raw("<li>item</li>")))
		s.send("a", htmxrt.Text("once"))
		p.awaitText(regionOf("a"), "once")
		p.wantText("#list", "item")
		s.visits.await(t, htmxrt.DefaultStreamPath, "one stream lives", oneLives(1))
	})
}

func twoElements(t *testing.T) {
	eachMajor(t, htmxrt.Options{}, func(t *testing.T, s *site) {
		s.stream("/x", "x")
		s.stream("/y", "y")
		s.page("/", `<div hx-ext="sse" sse-connect="/x"><p id="x" sse-swap="x"></p></div>
			<div hx-ext="sse" sse-connect="/y"><p id="y" sse-swap="y"></p></div>`)
		p := newUser(t).open(s.url)
		s.visits.await(t, "/x", "x is open", oneLives(1))
		s.visits.await(t, "/y", "y is open", oneLives(1))
		p.await("e2e.states.length > 0")
		s.send("x", htmxrt.Text("to x"))
		s.send("y", htmxrt.Text("to y"))
		p.awaitText("#x", "to x")
		p.awaitText("#y", "to y")
	})
}

func elementGoes(t *testing.T) {
	eachMajor(t, htmxrt.Options{Heartbeat: time.Minute}, func(t *testing.T, s *site) {
		s.show("/", parts(templ.Raw(`<div id="live">`), stream([]string{"a"}, list("a")),
			templ.Raw(`</div><button hx-get="/other" hx-target="#live" hx-swap="innerHTML">Other</button>`)))
		s.fragment("/other", `<p id="other">other</p>`)
		p := newUser(t).open(s.url)
		p.awaitLive()
		p.click("button")
		p.awaitText("#other", "other")
		s.visits.await(t, htmxrt.DefaultStreamPath, "the stream ends", allEnded(1))
	})
}
