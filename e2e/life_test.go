package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// How streams end and come back, as the browser does it.
func TestStreamLife(t *testing.T) {
	t.Parallel()
	t.Run("server_restart_reconnects_and_swaps_again", restart)
	t.Run("element_removed_closes_stream", removedElement)
	t.Run("refused_stream_is_cheap_and_can_be_closed_for_good", refusedStream)
	t.Run("cross_origin_eventsource_with_cookies_refused", crossOrigin)
}

// restart takes the server away without a word and brings it back with another
// log: the page comes back by itself and is told that it missed something.
func restart(t *testing.T) {
	options := htmxrt.Options{Key: []byte(strings.Repeat("k", 32))}
	s := newSite(t, options)
	s.stream("/api/sse", "chat")
	s.page("/", `<div hx-ext="sse" sse-connect="/api/sse"><div id="chat" sse-swap="chat"></div>
		<div id="news" hx-get="/news" hx-trigger="sse:htmxrt-reset"></div></div>`)
	s.fragment("/news", "fetched anew")
	p := newUser(t).open(s.url)
	p.console.allow("net::ERR_", sseError) // the server that is away
	p.awaitOpen(1)
	s.send("chat", htmxrt.Text("before"))
	p.awaitText("#chat", "before")

	s.stop()
	s.start(strings.TrimPrefix(s.url, "http://"), options)
	s.send("chat", htmxrt.Text("while it was away"))
	p.awaitOpen(2)
	p.awaitText("#news", "fetched anew")
	s.send("chat", htmxrt.Text("after"))
	p.awaitText("#chat", "after")

	want := []string{"chat", "htmxrt-reset", "chat"}
	if got := eval[[]string](p, "e2e.messages"); !slices.Equal(got, want) {
		t.Errorf("the page saw the events %q, want %q", got, want)
	}
	streams, _ := s.visits.of("/api/sse")
	if last := streams[len(streams)-1]; last.query.Get("after") == "" {
		t.Error("the page came back without its cursor")
	}
}

func removedElement(t *testing.T) {
	s := newSite(t, htmxrt.Options{})
	s.stream("/api/sse", "chat")
	s.page("/", `<div id="live" hx-ext="sse" sse-connect="/api/sse"><div sse-swap="chat"></div></div>
		<button hx-get="/other" hx-target="#live" hx-swap="outerHTML">Other</button>`)
	s.fragment("/other", `<p id="other">other</p>`)
	p := newUser(t).open(s.url)
	p.awaitOpen(1)

	p.click("button")
	p.awaitText("#other", "other")
	s.visits.await(t, "/api/sse", "the stream ends", allEnded(1))
	if got := s.hub.Stats().Streams; got != 0 {
		t.Errorf("%d streams are open, want 0", got)
	}
}

// refusedStream is refused twice, served, and revoked.
func refusedStream(t *testing.T) {
	var refusals atomic.Int32
	refusals.Store(2)
	s := newSite(t, htmxrt.Options{Authorize: func(context.Context, htmxrt.Identity, string) error {
		if refusals.Add(-1) >= 0 {
			return errors.New("not yet")
		}
		return nil
	}})
	s.page("/", `<div hx-ext="sse" sse-connect="/_rt/stream?topic=chat" sse-close="htmxrt-close">
		<div id="chat" sse-swap="chat"></div></div>`)
	p := newUser(t).open(s.url + "/?as=ann")
	p.console.allow("403 (Forbidden)", sseError)
	p.awaitOpen(1)
	s.send("chat", htmxrt.Text("served"))
	p.awaitText("#chat", "served")

	asked, _ := s.visits.of(htmxrt.DefaultStreamPath)
	var statuses []int
	for i, one := range asked {
		statuses = append(statuses, one.status)
		if i == 0 {
			continue
		}
		least := 400 * time.Millisecond << (i - 1) // the extension waits 0.5 s, 1 s, …
		if gap := one.at.Sub(asked[i-1].at); gap < least {
			t.Errorf("request %d came %v after the one before, want %v at least", i, gap, least)
		}
	}
	if want := []int{403, 403, 200}; !slices.Equal(statuses, want) {
		t.Errorf("the stream answered %d, want %d", statuses, want)
	}

	if err := s.hub.Revoke(t.Context(), htmxrt.UserTarget("ann")); err != nil {
		t.Fatal(err)
	}
	p.await(`e2e.closed.includes("message")`)
	s.visits.await(t, htmxrt.DefaultStreamPath, "the stream ends", allEnded(3))
	// What the extension would do next it does within its backoff of 0.5 s, what
	// the browser would do it does not once the source is closed (2).
	eval[bool](p, "new Promise(resolve => setTimeout(() => resolve(true), 2000))")
	if got := eval[int](p, "e2e.opened[0].readyState"); got != 2 {
		t.Errorf("the closed EventSource has the state %d, want 2", got)
	}
	if got := s.visits.count(htmxrt.DefaultStreamPath); got != 3 {
		t.Errorf("the page asked %d times, want 3: none after htmxrt-close", got)
	}
}

// attack is a page of somebody else. %s is the stream that it is after.
const attack = `<!doctype html><title>waiting</title><link rel="icon" href="data:,"><script>
const source = new EventSource(%s, {withCredentials: true})
source.onopen = () => { document.title = 'open' }
source.onerror = () => { document.title = 'error ' + source.readyState }
</script>`

// crossOrigin attacks from another host, and from another port of the same
// host, whose requests carry the cookies.
func crossOrigin(t *testing.T) {
	s := newSite(t, htmxrt.Options{})
	s.stream("/api/sse", "chat")
	s.page("/", `<p>signed in</p>`)
	attacker := newSite(t, htmxrt.Options{})
	attacker.mux.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, fmt.Sprintf(attack, quote(s.url+"/api/sse")))
	})

	u := newUser(t)
	u.open(s.url + "/?as=ann")
	for _, origin := range []string{attacker.url, strings.Replace(attacker.url, "127.0.0.1", "localhost", 1)} {
		p := u.open(origin)
		p.console.allow("403 (Forbidden)", "CORS policy", "net::ERR_FAILED")
		p.await(`document.title === "error 2"`)
	}
	asked := s.visits.await(t, "/api/sse", "both attacks are answered", allEnded(2))
	if !asked[0].cookie {
		t.Error("the attack from the same host brought no cookie, so it proves nothing")
	}
	for i, one := range asked {
		if one.status != http.StatusForbidden {
			t.Errorf("attack %d was answered %d, want 403", i, one.status)
		}
	}
}
