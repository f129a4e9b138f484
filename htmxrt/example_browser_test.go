package htmxrt_test

import (
	"bufio"
	"context"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// What the examples share: a server, visitors and browsers.

// web is a server with the browsers that visit it.
type web struct {
	hub    *htmxrt.Hub
	server *httptest.Server
	tabs   []*tab
}

func start(hub *htmxrt.Hub, handler http.Handler) *web {
	return &web{hub: hub, server: httptest.NewServer(handler)}
}

// stop ends the hub's streams, and then the server.
func (w *web) stop() {
	if err := w.hub.Shutdown(context.Background()); err != nil {
		log.Print(err)
	}
	for _, t := range w.tabs {
		t.close()
	}
	w.server.Close()
}

// asVisitor stands for an application's login: whoever writes ?user=ann is Ann.
func asVisitor(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who := htmxrt.Anonymous()
		if id := r.URL.Query().Get("user"); id != "" {
			who = htmxrt.SignedIn(htmxrt.User{ID: id})
		}
		next.ServeHTTP(w, r.WithContext(htmxrt.WithIdentity(r.Context(), who)))
	})
}

// tab is an open stream, read as a browser's EventSource reads it.
type tab struct {
	response *http.Response
	lines    *bufio.Scanner
	lastID   string
}

// open opens the stream at path. With a cursor it asks for what came after it,
// like a browser that lost its connection.
func (w *web) open(path string, cursor ...string) *tab {
	request, err := http.NewRequest(http.MethodGet, w.server.URL+path, nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range cursor {
		request.Header.Set("Last-Event-ID", c)
	}
	response, err := w.server.Client().Do(request)
	if err != nil {
		log.Fatal(err)
	}
	t := &tab{response: response, lines: bufio.NewScanner(response.Body)}
	w.tabs = append(w.tabs, t)
	return t
}

// next returns the next event and its data, "" at the end of the stream. It
// leaves out htmxrt-open, with which every stream begins.
func (t *tab) next() (event, data string) {
	var list []string
	for t.lines.Scan() {
		name, value, _ := strings.Cut(t.lines.Text(), ": ")
		switch name {
		case "event":
			event = value
		case "data":
			list = append(list, value)
		case "id":
			t.lastID = value
		case "": // the event is complete
			if event != "htmxrt-open" {
				return event, strings.Join(list, "\n")
			}
			event, list = "", nil
		}
	}
	return "", ""
}

func (t *tab) close() { t.response.Body.Close() }

// get requests a page.
func (w *web) get(path string) *http.Response {
	response, err := w.server.Client().Get(w.server.URL + path)
	if err != nil {
		log.Fatal(err)
	}
	return response
}

// post submits a form and returns the answer.
func (w *web) post(path string) *http.Response {
	response, err := w.server.Client().Post(w.server.URL+path, "application/x-www-form-urlencoded", nil)
	if err != nil {
		log.Fatal(err)
	}
	return response
}

// status submits a form and returns the answer's status.
func (w *web) status(path string) string {
	response := w.post(path)
	response.Body.Close()
	return response.Status
}
