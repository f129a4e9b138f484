package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// turnsPath is where a site's scripted stream is.
const turnsPath = "/turns"

// turns is a stream that says what a test wants, one turn per request, and then
// keeps the last request open. Its cursors are at(n).
type turns struct {
	mu   sync.Mutex // guards list
	list []turn
}

// turn answers one request; what it returns is written as an event stream, which
// then ends, or with stay goes on until the browser leaves.
type turn func(w http.ResponseWriter, r *http.Request)

// at is the nth cursor of one log; to the script it is a text.
func at(n int) string { return fmt.Sprintf("04logofthetests%08d", n) }

// events are written as a stream that ends.
func events(list ...string) turn {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprint(w, strings.Join(list, ""))
	}
}

// stay writes events and keeps the stream open.
func stay(list ...string) turn {
	return func(w http.ResponseWriter, r *http.Request) {
		events(list...)(w, r)
		http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
}

// status answers with a page of HTML that no page may show.
func status(code int) turn {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(code)
		if code != http.StatusNoContent {
			fmt.Fprint(w, "<h1>wrong</h1>")
		}
	}
}

// opening is htmxrt-open at the nth cursor.
func opening(n int, ticket string) string {
	return block(at(n), "htmxrt-open", fmt.Sprintf(`{"version":1,"tab":"tttttttttttttttttttttt","ticket":%q}`, ticket))
}

// goodbye asks to come back after a tenth of a second.
const goodbye = "retry: 100\nevent: htmxrt-bye\ndata: {\"reason\":\"age\"}\n\n"

// block is one event of a stream; an empty id or name is left out.
func block(id, name, data string) string {
	b := ""
	if id != "" {
		b += "id: " + id + "\n"
	}
	if name != "" {
		b += "event: " + name + "\n"
	}
	return b + "data: " + data + "\n\n"
}

// turns mounts a scripted stream at turnsPath and returns the markup that
// connects to it, with content inside. What the page's console says of answers
// that are no stream has to be allowed.
func (s *site) turns(content string, list ...turn) string {
	t := &turns{list: list}
	s.mux.Handle("GET "+turnsPath, t)
	url := turnsPath + "?after=" + at(1) + "&amp;ticket=first"
	return `<div data-rt-stream hx-ext="sse" data-sse-connect="` + url + `" hx-sse:connect="` + url + `"
		data-sse-swap="message" data-sse-close="htmxrt-close" hx-sse:close="htmxrt-close"
		hx-swap="none" hx-disinherit="hx-swap">` + content + `</div>`
}

func (t *turns) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	t.mu.Lock()
	if len(t.list) == 0 {
		t.list = append(t.list, stay())
	}
	next := t.list[0]
	t.list = t.list[1:]
	t.mu.Unlock()
	next(w, r)
}

// region shows the topic a.
const region = `<p data-sse-swap="a" hx-swap="beforeend" hx-target="this"></p>`

// allowRefusals lets the console tell of answers that are no stream.
func (p *tab) allowRefusals() {
	p.console.allow(sseError, "htmx:sse:error", "Failed to load resource", "EventSource's response has a MIME type", "htmx:error", "net::ERR")
}

// asked waits for n requests of the scripted stream.
func (s *site) asked(t *testing.T, n int) []visit {
	t.Helper()
	return s.visits.await(t, turnsPath, fmt.Sprintf("%d requests", n), func(list []visit) bool { return len(list) >= n })
}
