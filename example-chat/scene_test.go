package main

import (
	"html"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/htmxrt/htmxrt/example-chat/chat"
	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
	"github.com/htmxrt/htmxrt/static"
)

// site is a chat of a test's own.
type site struct {
	t      *testing.T
	server *htmxrttest.Server
	hub    *htmxrt.Hub
}

func newSite(t *testing.T) *site {
	t.Helper()
	return openSite(t, filepath.Join(t.TempDir(), "chat.db"))
}

// openSite starts a chat on the database in file.
func openSite(t *testing.T, file string) *site {
	t.Helper()
	store, err := chat.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.DB.Close() })
	handler, hub, err := newApp(store, nil, static.Htmx2)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { hub.Shutdown(t.Context()) })
	return &site{t: t, server: htmxrttest.NewServer(t, handler), hub: hub}
}

// visitor is somebody with a cookie.
type visitor struct {
	*site
	cookie htmxrttest.OpenOption
}

// signIn makes somebody of a name come in.
func (s *site) signIn(name string) *visitor {
	s.t.Helper()
	res := s.server.Post("/login", htmxrttest.Form(url.Values{"name": {name}}))
	res.Body.Close()
	if res.StatusCode != http.StatusSeeOther || len(res.Cookies()) != 1 {
		s.t.Fatalf("POST /login = %s with cookies %v, want 303 and one", res.Status, res.Cookies())
	}
	return &visitor{site: s, cookie: htmxrttest.Cookie(res.Cookies()[0])}
}

// get returns a page.
func (v *visitor) get(path string) (int, string) {
	v.t.Helper()
	return read(v.t, v.server.Get(path, v.cookie))
}

// post sends a form of one field and returns the answer.
func (v *visitor) post(path, field, value string) (int, string) {
	v.t.Helper()
	form := htmxrttest.Form(url.Values{field: {value}})
	return read(v.t, v.server.Post(path, v.cookie, form, htmxrttest.Header("HX-Request", "true")))
}

// say posts a message to the lobby, which must succeed.
func (v *visitor) say(text string) {
	v.t.Helper()
	if status, body := v.post("/rooms/lobby/messages", "message", text); status != http.StatusOK {
		v.t.Fatalf("POST of %.40q = %d %s", text, status, body)
	}
}

var connection = regexp.MustCompile(`data-sse-connect="([^"]+)"`)

// enter opens a room and returns the stream of its page.
func (v *visitor) enter(path string) *htmxrttest.Stream {
	v.t.Helper()
	_, page := v.get(path)
	found := connection.FindStringSubmatch(page)
	if found == nil {
		v.t.Fatalf("%s has no stream:\n%s", path, page)
	}
	return v.server.Open(html.UnescapeString(found[1]), v.cookie)
}

// wantEvent reads the next event, which must have a name and contain a text. Who
// comes and goes meanwhile may be told or not.
func wantEvent(t *testing.T, stream *htmxrttest.Stream, name, text string) htmxrttest.Event {
	t.Helper()
	event := stream.Next()
	for name != event.Name && strings.HasSuffix(event.Name, ":presence") {
		event = stream.Next()
	}
	if event.Name != name || !strings.Contains(event.Data, text) {
		t.Fatalf("received %q %q, want %q with %q", event.Name, event.Data, name, text)
	}
	return event
}

func read(t *testing.T, res *http.Response) (int, string) {
	t.Helper()
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}
