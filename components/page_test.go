package components_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/components"
	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
	"github.com/htmxrt/htmxrt/static"
)

// following is a component that makes the page follow topic.
func following(topic string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, _ io.Writer) error {
		htmxrt.Follow(ctx, topic)
		return nil
	})
}

func TestRenderErrors(t *testing.T) {
	tests := []struct {
		name      string
		component templ.Component
		err       error
	}{
		{"Scripts of htmx 3", components.Scripts(static.Htmx(3)), static.ErrNotBundled},
		{"second Stream", templ.Join(components.Stream("room"), components.Stream("other")), htmxrt.ErrSecondStream},
		{"Stream in a Stream", inside(components.Stream("room"), components.Stream("other")), htmxrt.ErrSecondStream},
		{"Stream on a bad topic", components.Stream("a,b"), htmxrt.ErrBadTopic},
		{"Stream with children that follow a bad topic", inside(components.Stream(), following("")), htmxrt.ErrBadTopic},
		{"Stream with broken children", inside(components.Stream("room"), broken), errBroken},
		{"Region on a bad topic", components.Region("a,b", ""), htmxrt.ErrBadTopic},
		{"Region of a reserved name", components.Region("message", ""), htmxrt.ErrBadTopic},
		{"Region with broken children", inside(components.Region("room", ""), broken), errBroken},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := render(t, alice, tt.component); !errors.Is(err, tt.err) {
				t.Errorf("Render = %v, want %v", err, tt.err)
			}
		})
	}
}

func TestStreamNeedsARequest(t *testing.T) {
	if err := components.Stream("room").Render(context.Background(), io.Discard); !errors.Is(err, htmxrt.ErrNoHub) {
		t.Errorf("Render = %v, want %v", err, htmxrt.ErrNoHub)
	}
}

func TestRegionAttributesPanicOnABadTopic(t *testing.T) {
	defer func() {
		if err, _ := recover().(error); !errors.Is(err, htmxrt.ErrBadTopic) {
			t.Errorf("panic of %v, want %v", err, htmxrt.ErrBadTopic)
		}
	}()
	components.RegionAttributes("a,b", "")
}

var connect = regexp.MustCompile(`data-sse-connect="([^"]+)"`)

// The page's stream carries what the page, and what its children, follow.
func TestStreamConnects(t *testing.T) {
	hub := htmxrttest.NewHub(t, htmxrt.Options{})
	mux := http.NewServeMux()
	mux.Handle(htmxrt.DefaultStreamPath, hub)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		page := inside(components.Stream("room"), following("notifications"))
		if err := page.Render(r.Context(), w); err != nil {
			t.Error(err)
		}
	})
	server := htmxrttest.NewServer(t, hub.Middleware(mux))

	res := server.Get("/", htmxrttest.As(alice))
	defer res.Body.Close()
	html, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	url := connect.FindStringSubmatch(string(html))
	if url == nil {
		t.Fatalf("no connecting element in %s", html)
	}
	send := func(topic string) {
		t.Helper()
		if err := hub.Send(context.Background(), topic, htmxrt.Text("to "+topic), htmxrt.Everyone()); err != nil {
			t.Fatal(err)
		}
	}
	send("room") // between rendering and connecting
	stream := server.Open(strings.ReplaceAll(url[1], "&amp;", "&"), htmxrttest.As(alice))
	send("notifications")
	stream.NextIs("to room")
	stream.NextIs("to notifications")
	if tab := stream.Tab(); !strings.Contains(string(html), `{&#34;Htmxrt-Tab&#34;:&#34;`+tab+`&#34;}`) {
		t.Errorf("the page's requests do not carry the stream's tab id %q:\n%s", tab, html)
	}
}
