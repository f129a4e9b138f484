package views_test

import (
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/components"
	"github.com/htmxrt/htmxrt/example-chat/chat"
	"github.com/htmxrt/htmxrt/example-chat/views"
	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
	"github.com/htmxrt/htmxrt/static"
)

var update = flag.Bool("update", false, "write the golden files of testdata")

func TestMarkup(t *testing.T) {
	at := time.Date(2026, time.May, 4, 9, 8, 7, 0, time.UTC)
	message := chat.Message{
		ID: 42, Room: "a/b & c", Text: "<b>hello</b>\n@bob", At: at,
		Author: htmxrt.User{ID: "ada", Name: `Ada "<>"`},
	}
	tests := []struct {
		golden    string
		component templ.Component
	}{
		{"login", views.Login(static.Htmx2, views.Form{})},
		{"login_refused", views.Login(static.Htmx2, views.Form{Text: `"<`, Hint: "Too short."})},
		{"message", views.Message(message)},
		{"mention", views.Mention(message)},
		{"reminder", views.Reminder(at)},
		{"composer", views.Composer(views.Form{Room: message.Room})},
		{"composer_refused", views.Composer(views.Form{Room: "lobby", Text: `"<`, Hint: "Too short."})},
		{"editor", views.Editor(views.Form{Room: message.Room})},
		{"editor_done", views.Editor(views.Form{Room: "lobby", Done: true})},
		{"editor_refused", views.Editor(views.Form{Room: "lobby", Text: `"<`, Hint: "Too short."})},
		{"problem", views.Problem(static.Htmx2, http.StatusNotFound)},
		{"room", views.Room(static.Htmx2, chat.Room{
			Name: "a/b & c", Headline: `All about "<fish>"`,
			Messages: []chat.Message{message}, Lately: []string{"lobby", "a/b & c"},
		}, message.Author)},
		{"room_empty", views.Room(static.Htmx2, chat.Room{Name: "lobby", Lately: []string{"lobby"}}, message.Author)},
	}
	for _, tt := range tests {
		t.Run(tt.golden, func(t *testing.T) {
			got := fixed(t, render(t, tt.component))
			file := filepath.Join("testdata", tt.golden+".html")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s: got\n%swant\n%s", file, got, want)
			}
		})
	}
}

// render renders c in a request, as a page does.
func render(t *testing.T, c templ.Component) string {
	t.Helper()
	hub := htmxrttest.NewHub(t, htmxrt.Options{})
	w := httptest.NewRecorder()
	hub.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := c.Render(r.Context(), w); err != nil {
			t.Error(err)
		}
	})).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	return w.Body.String()
}

var (
	streamURL = regexp.MustCompile(`/_rt/stream\?[^"]+`)
	tab       = regexp.MustCompile(`Htmxrt-Tab&#34;:&#34;[\w-]{22}`)
)

// fixed returns html with an element a line, and with fixed words for what
// differs each time and for the scripts, which have goldens of their own.
func fixed(t *testing.T, html string) string {
	t.Helper()
	html = strings.Replace(html, render(t, components.Scripts(static.Htmx2)), "SCRIPTS", 1)
	html = streamURL.ReplaceAllString(html, "STREAM")
	html = tab.ReplaceAllString(html, "Htmxrt-Tab&#34;:&#34;TAB")
	return strings.ReplaceAll(html, "><", ">\n<") + "\n"
}
