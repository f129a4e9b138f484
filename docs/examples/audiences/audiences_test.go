package audiences

import (
	"context"
	"net/http"
	"slices"
	"testing"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

var (
	ann   = htmxrt.SignedIn(htmxrt.User{ID: "ann", Name: "Ann", Attrs: map[string]string{"team": "red"}})
	bob   = htmxrt.SignedIn(htmxrt.User{ID: "bob", Name: "Bob", Attrs: map[string]string{"team": "blue"}})
	admin = htmxrt.SignedIn(htmxrt.User{ID: "admin:7"})
)

// Ann asks for each of the sends; Ann, Bob and the administrator listen.
func TestWhoReceives(t *testing.T) {
	tests := []struct {
		name string
		send func(context.Context) error
		want []string
	}{
		{"post", func(ctx context.Context) error { return post(ctx, templ.Raw("<p>hello</p>")) }, []string{"admin", "ann", "bob"}},
		{"remind", func(ctx context.Context) error { return remind(ctx, "tea") }, []string{"ann"}},
		{"mention", func(ctx context.Context) error { return mention(ctx, "hey", "bob", "zoe") }, []string{"bob"}},
		{"join", func(ctx context.Context) error { return join(ctx, htmxrt.User{ID: "ann", Name: "Ann"}) }, []string{"admin", "bob"}},
		{"draw", func(ctx context.Context) error { return draw(ctx, "<path>") }, []string{"admin", "bob"}},
		{"shout", func(ctx context.Context) error { return shout(ctx, "go", "red") }, []string{"ann"}},
		{"whisper", func(ctx context.Context) error { return whisper(ctx, "psst", []string{"bob"}) }, []string{"admin", "ann"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			hub := htmxrttest.NewHub(t, htmxrt.Options{Authorize: mayFollow})
			mux := http.NewServeMux()
			mux.Handle("GET /stream", hub.Stream("room:42", "notifications", "board"))
			mux.HandleFunc("POST /", func(_ http.ResponseWriter, r *http.Request) {
				if err := tt.send(r.Context()); err != nil {
					t.Error(err)
				}
			})
			mux.HandleFunc("GET /page", func(w http.ResponseWriter, r *http.Request) {
				c, err := htmxrt.Connect(r.Context(), "room:42", "notifications", "board")
				if err != nil {
					t.Error(err)
				}
				w.Header().Set("Stream", c.URL)
				w.Header().Set("Tab", c.Tab)
			})
			mux.Handle("GET "+htmxrt.DefaultStreamPath, hub)
			server := htmxrttest.NewServer(t, hub.Middleware(mux))

			page := server.Get("/page", htmxrttest.As(ann)).Header
			streams := map[string]*htmxrttest.Stream{
				"ann":   server.Open(page.Get("Stream"), htmxrttest.As(ann)),
				"bob":   server.Open("/stream", htmxrttest.As(bob)),
				"admin": server.Open("/stream", htmxrttest.As(admin)),
			}
			server.Post("/", htmxrttest.As(ann), htmxrttest.Header(htmxrt.TabHeader, page.Get("Tab")))
			if err := hub.Send(t.Context(), "board", htmxrt.Text("fence"), htmxrt.Everyone()); err != nil {
				t.Fatal(err)
			}

			var got []string
			for name, stream := range streams {
				if len(stream.Until("fence")) > 0 {
					got = append(got, name)
				}
			}
			if slices.Sort(got); !slices.Equal(got, tt.want) {
				t.Errorf("%s reached %q, want %q", tt.name, got, tt.want)
			}
		})
	}
}

func TestJobNamesItsAudience(t *testing.T) {
	hub := htmxrttest.NewHub(t, htmxrt.Options{})
	server := htmxrttest.NewServer(t, hub.Stream("notifications"))
	stream := server.Open("/", htmxrttest.As(admin))
	if err := nightly(t.Context(), hub); err != nil {
		t.Fatal(err)
	}
	stream.NextIs("backup done")
}

func TestInboxIsItsOwners(t *testing.T) {
	for _, tt := range []struct {
		who   htmxrt.Identity
		topic string
		ok    bool
	}{
		{ann, "inbox:ann", true},
		{ann, "inbox:bob", false},
		{htmxrt.Anonymous(), "inbox:", false},
		{htmxrt.Anonymous(), "notifications", false},
		{htmxrt.Anonymous(), "room:42", true},
	} {
		if err := mayFollow(t.Context(), tt.who, tt.topic); (err == nil) != tt.ok {
			t.Errorf("mayFollow(%v, %q) = %v, want ok %v", tt.who, tt.topic, err, tt.ok)
		}
	}
}
