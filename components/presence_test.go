package components_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/components"
	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

var mallory = htmxrt.SignedIn(htmxrt.User{ID: "m", Name: `<img src=x onerror="alert(1)">`})

// live serves the page of a component, and streams of "room:42".
func live(t *testing.T, opts htmxrt.Options, c templ.Component) (*htmxrt.Hub, *htmxrttest.Server) {
	t.Helper()
	opts.Presence = func(topic string) bool { return strings.HasPrefix(topic, "room:") }
	hub := htmxrttest.NewHub(t, opts)
	mux := http.NewServeMux()
	mux.Handle("/stream", hub.Stream("room:42"))
	mux.HandleFunc("/page", func(w http.ResponseWriter, r *http.Request) {
		if err := c.Render(r.Context(), w); err != nil {
			t.Error(err)
		}
	})
	return hub, htmxrttest.NewServer(t, hub.Middleware(mux))
}

// get returns a page.
func get(t *testing.T, server *htmxrttest.Server, opts ...htmxrttest.OpenOption) string {
	t.Helper()
	res := server.Get("/page", opts...)
	defer res.Body.Close()
	html, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(html)
}

// A page lists who is here, and what it is sent later is the same list; names
// cannot be markup.
func TestPresence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, server := live(t, htmxrt.Options{PresenceView: components.PresenceItems}, components.Presence("room:42"))
		watcher := server.Open("/stream", htmxrttest.As(alice))
		server.Open("/stream", htmxrttest.As(alice))
		server.Open("/stream", htmxrttest.As(mallory))
		server.Open("/stream", htmxrttest.As(htmxrt.Anonymous()))
		away := server.Open("/stream", htmxrttest.As(htmxrt.SignedIn(htmxrt.User{ID: "no name"})))
		time.Sleep(time.Second)
		away.Close()
		time.Sleep(10 * time.Second)

		html := get(t, server)
		wantGolden(t, "presence", html)
		items := html[strings.Index(html, "<li") : len(html)-len("</ul>")]
		for e := watcher.Next(); e.Data != items; e = watcher.Next() {
			if e.Name != htmxrt.PresenceEventName("room:42") {
				t.Errorf("received %+v", e)
			}
		}
	})
}

// In a room with too many there is a number.
func TestPresenceOfACrowd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, server := live(t, htmxrt.Options{Limits: htmxrt.Limits{Presence: 1}}, components.Presence("room:42"))
		wantGolden(t, "presence_empty", get(t, server))
		server.Open("/stream", htmxrttest.As(alice))
		server.Open("/stream", htmxrttest.As(mallory))
		time.Sleep(time.Second)
		wantGolden(t, "presence_crowd", get(t, server))
	})
}

// The others' pages show who types, in the element that Typing made.
func TestTyping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		says := templ.ComponentFunc(func(ctx context.Context, _ io.Writer) error {
			return components.ShowTyping(ctx, "room:42")
		})
		_, server := live(t, htmxrt.Options{}, templ.Join(components.Typing("room:42"), says))
		watcher := server.Open("/stream", htmxrttest.As(alice))
		html := get(t, server, htmxrttest.As(mallory))
		wantGolden(t, "typing", html)
		shown := watcher.Next().Data
		wantGolden(t, "typing_shown", shown)
		if id := html[strings.Index(html, `"`)+1:]; !strings.Contains(shown, `hx-target="#`+id[:strings.Index(id, `"`)]+`"`) {
			t.Errorf("the page has %s, and is sent %s", html, shown)
		}
		if taken := watcher.Next().Name; !strings.Contains(shown, `data-sse-swap="`+taken+`" hx-swap="delete"`) {
			t.Errorf("then it is sent the event %q, which takes away nothing of %s", taken, shown)
		}
	})
}

func TestPresenceErrors(t *testing.T) {
	ctx := context.Background()
	for name, tt := range map[string]struct {
		err, want error
	}{
		"Presence outside a request": {components.Presence("room").Render(ctx, io.Discard), htmxrt.ErrNoHub},
		"Presence of a bad topic":    {components.Presence("a,b").Render(ctx, io.Discard), htmxrt.ErrBadTopic},
		"Typing in a bad topic":      {components.Typing("a,b").Render(ctx, io.Discard), htmxrt.ErrBadTopic},
		"typing outside a request":   {components.ShowTyping(ctx, "room"), htmxrt.ErrNoHub},
	} {
		if !errors.Is(tt.err, tt.want) {
			t.Errorf("%s: %v, want %v", name, tt.err, tt.want)
		}
	}
}
