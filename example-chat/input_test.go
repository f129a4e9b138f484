package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

func TestSigningInIsRequired(t *testing.T) {
	s := newSite(t)
	tests := []struct{ method, path string }{
		{http.MethodGet, "/"},
		{http.MethodGet, "/rooms"},
		{http.MethodGet, "/rooms/lobby"},
		{http.MethodPost, "/rooms/lobby/messages"},
		{http.MethodPost, "/rooms/lobby/headline"},
		{http.MethodPost, "/remind"},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			res := s.server.Get(tt.path, htmxrttest.Method(tt.method))
			res.Body.Close()
			if got := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || got != "/login" {
				t.Errorf("%s to %q, want 303 to /login", res.Status, got)
			}
			res = s.server.Get(tt.path, htmxrttest.Method(tt.method), htmxrttest.Header("HX-Request", "true"))
			res.Body.Close()
			if got := res.Header.Get("HX-Redirect"); res.StatusCode != http.StatusOK || got != "/login" {
				t.Errorf("htmx: %s to %q, want 200 to /login", res.Status, got)
			}
		})
	}
	ada := s.signIn("Ada")
	for _, topic := range []string{"room:lobby", "headline:lobby", "notifications"} {
		path := "/_rt/stream?" + url.Values{"topic": {topic}}.Encode()
		if stream := s.server.Open(path); stream.Status != http.StatusForbidden {
			t.Errorf("a stream of %s = %d, want 403", topic, stream.Status)
		}
		if stream := s.server.Open(path, ada.cookie); stream.Status != http.StatusOK {
			t.Errorf("a stream of %s = %d for a user, want 200", topic, stream.Status)
		}
	}
}

func TestSigningOutEndsTheStream(t *testing.T) {
	ada := newSite(t).signIn("Ada")
	stream := ada.enter("/rooms/lobby")
	if status, _ := ada.post("/logout", "", ""); status != http.StatusSeeOther {
		t.Errorf("POST /logout = %d, want 303", status)
	}
	wantEvent(t, stream, "htmxrt-close", "")
	if status, _ := ada.get("/rooms/lobby"); status != http.StatusSeeOther {
		t.Errorf("the room = %d after signing out, want 303", status)
	}
}

func TestRoomNames(t *testing.T) {
	ada := newSite(t).signIn("Ada")
	tests := []struct {
		name   string
		status int
	}{
		{"lobby", http.StatusOK},
		{"Сад 🌳", http.StatusOK},
		{"a/b?c#d%e&f<g>\"h\"", http.StatusOK},
		{strings.Repeat("x", 64), http.StatusOK},
		{strings.Repeat("x", 65), http.StatusNotFound},
		{"a,b", http.StatusNotFound},
		{"a ", http.StatusNotFound},
		{"a\nb", http.StatusNotFound},
		{"a\xffb", http.StatusNotFound},
		{"..", http.StatusNotFound}, // browsers would leave the path's part out
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := "/rooms/" + url.PathEscape(tt.name)
			if status, _ := ada.get(path); status != tt.status {
				t.Fatalf("GET %s = %d, want %d", path, status, tt.status)
			}
			var stream *htmxrttest.Stream
			if tt.status == http.StatusOK {
				stream = ada.enter(path)
			}
			status, _ := ada.post(path+"/messages", "message", "hello")
			if status != tt.status {
				t.Errorf("POST %s/messages = %d, want %d", path, status, tt.status)
			}
			if stream != nil {
				wantEvent(t, stream, "room:"+tt.name, "hello")
			}
		})
	}
}

func TestWaysToARoom(t *testing.T) {
	ada := newSite(t).signIn("Ada")
	for path, want := range map[string]string{
		"/":                         "/rooms/lobby",
		"/rooms":                    "/rooms/lobby",
		"/rooms?room=+a%2Fb++c%3F+": "/rooms/a%2Fb%20c%3F",
	} {
		res := ada.server.Get(path, ada.cookie)
		res.Body.Close()
		if got := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || got != want {
			t.Errorf("GET %s = %s to %q, want 303 to %q", path, res.Status, got, want)
		}
	}
	ada.post("/rooms/garden/messages", "message", "hello")
	if _, page := ada.get("/rooms/lobby"); !strings.Contains(page, `<a href="/rooms/garden">#garden</a>`) {
		t.Errorf("the lobby does not lead to the garden:\n%s", page)
	}
}

func TestPageHasItsElements(t *testing.T) {
	_, page := newSite(t).signIn("Ada").get("/rooms/lobby")
	for _, want := range []string{
		`id="messages"`, `id="headline"`, `id="notifications"`,
		`data-sse-connect="/_rt/stream?`, `name="message"`, `name="headline"`, `hx-post="/remind"`,
	} {
		if strings.Count(page, want) != 1 {
			t.Errorf("%s stands %d times in the page, want once", want, strings.Count(page, want))
		}
	}
}

func TestHostileTextArrivesAsText(t *testing.T) {
	ada := newSite(t).signIn("Ada")
	stream := ada.enter("/rooms/lobby")
	long := strings.Repeat("𝄞\"&'", 1024)
	tests := []struct{ name, text, want string }{
		{"markup", `<img src=x onerror=alert(1)>`, `&lt;img src=x onerror=alert(1)&gt;`},
		{"NUL", "a\x00b", "a\uFFFDb"},
		{"not UTF-8", "a\xff\xfeb", "a\uFFFD\uFFFDb"},
		{"line ends", "a\r\nb\rc\nd", "a\nb\nc\nd"},
		{"fields", "x\n\nevent: message\ndata: y", "x\n\nevent: message\ndata: y"},
		{"other line ends", "a\u2028b\u0085c\vd", "a\u2028b\u0085c\vd"},
		{"4,096 characters", long, strings.NewReplacer(`&`, "&amp;", `"`, "&#34;", `'`, "&#39;").Replace(long)},
		{"an entity", "&lt;@bob&gt;", "&amp;lt;<mark>@bob</mark>&amp;gt;"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ada.say(tt.text)
			wantEvent(t, stream, "room:lobby", ">"+tt.want+"</p>")
			if _, page := ada.get("/rooms/lobby"); !strings.Contains(page, ">"+tt.want+"</p>") {
				t.Error("the page shows something else")
			}
		})
	}
}

func TestFormsThatAreRefused(t *testing.T) {
	ada := newSite(t).signIn("Ada")
	stream := ada.enter("/rooms/lobby")
	tests := []struct{ name, path, field, value string }{
		{"no name", "/login", "name", ""},
		{"a blank name", "/login", "name", " \t\u00a0"},
		{"a long name", "/login", "name", strings.Repeat("ä", 33)},
		{"no message", "/rooms/lobby/messages", "message", ""},
		{"a blank message", "/rooms/lobby/messages", "message", " \r\n"},
		{"a long message", "/rooms/lobby/messages", "message", strings.Repeat("ä", 10_001)},
		{"a long blank message", "/rooms/lobby/messages", "message", strings.Repeat(" ", 10_000) + "x"},
		{"a blank headline", "/rooms/lobby/headline", "headline", " "},
		{"a long headline", "/rooms/lobby/headline", "headline", strings.Repeat("x", 201)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, body := ada.post(tt.path, tt.field, tt.value)
			if status != http.StatusUnprocessableEntity || !strings.Contains(body, "needs some text, at most") {
				t.Errorf("POST = %d, want 422 and a hint:\n%s", status, body)
			}
		})
	}
	if status, _ := ada.post("/rooms/lobby/messages", "message", strings.Repeat("x", 300_000)); status != http.StatusRequestEntityTooLarge {
		t.Errorf("POST of 300 kB = %d, want 413", status)
	}
	ada.say("fence")
	wantEvent(t, stream, "room:lobby", "fence")
}

func TestNamesOfUsers(t *testing.T) {
	s := newSite(t)
	for _, name := range []string{"A", "Ünal Ω", "<b>x</b>", "🙂", "!!!", strings.Repeat("ä", 32), "a\x00b"} {
		t.Run(name, func(t *testing.T) {
			if status, _ := s.signIn(name).get("/rooms/lobby"); status != http.StatusOK {
				t.Errorf("the lobby = %d, want 200", status)
			}
		})
	}
}

func TestSecurityHeaders(t *testing.T) {
	s := newSite(t)
	res := s.server.Get("/login")
	res.Body.Close()
	for name, want := range map[string]string{
		"Content-Security-Policy": policy,
		"X-Content-Type-Options":  "nosniff",
		"Referrer-Policy":         "same-origin",
	} {
		if got := res.Header.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	res = s.server.Post("/login", htmxrttest.Form(url.Values{"name": {"Ada"}}))
	res.Body.Close()
	if c := res.Cookies()[0]; !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Secure {
		t.Errorf("cookie %v, want HttpOnly, SameSite=Lax, and over plain http not Secure", c)
	}
	res = s.server.Post("/login", htmxrttest.Form(url.Values{"name": {"Ada"}}), htmxrttest.Header("Sec-Fetch-Site", "cross-site"))
	res.Body.Close()
	if res.StatusCode != http.StatusForbidden || len(res.Cookies()) != 0 {
		t.Errorf("a form of another site = %s, want 403 and no cookie", res.Status)
	}
}

func TestAssets(t *testing.T) {
	s := newSite(t)
	for path, want := range map[string]string{
		"/assets/chat.css": "text/css; charset=utf-8",
		"/assets/icon.svg": "image/svg+xml",
	} {
		res := s.server.Get(path)
		res.Body.Close()
		if got := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || got != want {
			t.Errorf("GET %s = %s, %s; want 200, %s", path, res.Status, got, want)
		}
	}
}
