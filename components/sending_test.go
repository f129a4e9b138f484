package components_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/components"
	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

var alice = htmxrt.SignedIn(htmxrt.User{ID: "alice", Name: "Alice"})

// page is what a handler renders for alice, and what came of it.
type page struct {
	component templ.Component
	status    int // 0: 200
	who       htmxrt.Identity
}

// outcome is the answer to a page's request, and the data that a follower of
// "room" received.
type outcome struct {
	status   int
	body     string
	received []string
	err      error // of Render
}

// request renders p in a request, buffered, as Render of package middleware
// does, while somebody else follows "room".
func request(t *testing.T, p page) outcome {
	t.Helper()
	var got outcome
	hub := htmxrttest.NewHub(t, htmxrt.Options{})
	mux := http.NewServeMux()
	mux.Handle("/stream", hub.Stream("room"))
	mux.Handle("/page", hub.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var html strings.Builder
		got.err = p.component.Render(r.Context(), &html)
		status := p.status
		if got.err != nil {
			status = http.StatusInternalServerError
		}
		if status != 0 {
			w.WriteHeader(status)
		}
		io.WriteString(w, html.String())
	})))
	server := htmxrttest.NewServer(t, mux)
	stream := server.Open("/stream", htmxrttest.As(htmxrt.Anonymous()))

	res := server.Post("/page", htmxrttest.As(p.who))
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	got.status, got.body = res.StatusCode, string(body)
	if err := hub.Send(context.Background(), "room", htmxrt.Text("fence"), htmxrt.Everyone()); err != nil {
		t.Fatal(err)
	}
	for _, event := range stream.Until("fence") {
		got.received = append(got.received, event.Data)
	}
	return got
}

// layout is a page around inner.
func layout(inner templ.Component) templ.Component {
	return templ.Join(templ.Raw("<main>"), inner, templ.Raw("</main>"))
}

// counted writes a message and counts how often.
func counted(times *int) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		*times++
		_, err := io.WriteString(w, "<p>one\ntwo</p>")
		return err
	})
}

var errBroken = errors.New("broken")

// broken writes half of something.
var broken = templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
	io.WriteString(w, "<p>half")
	return errBroken
})

func TestCapture(t *testing.T) {
	tests := []struct {
		scenario string
		options  []htmxrt.SendOption
	}{
		{"component_capture_reaches_subscribers", []htmxrt.SendOption{htmxrt.Everyone()}},
		{"capture_excludes_layout", []htmxrt.SendOption{htmxrt.Everyone(), htmxrt.Latest("message")}},
	}
	for _, tt := range tests {
		t.Run(tt.scenario, func(t *testing.T) {
			times := 0
			got := request(t, page{
				who:       alice,
				component: layout(inside(components.Capture("room", tt.options...), counted(&times))),
			})
			if got.status != http.StatusOK || got.body != "<main><p>one\ntwo</p></main>" {
				t.Errorf("shown %d %q, %v", got.status, got.body, got.err)
			}
			if len(got.received) != 1 || got.received[0] != "<p>one\ntwo</p>" {
				t.Errorf("received %q, want what stands in the layout, once", got.received)
			}
			if times != 1 {
				t.Errorf("rendered %d times, want once", times)
			}
		})
	}
}

func TestPushSendsWithoutShowing(t *testing.T) {
	times := 0
	got := request(t, page{
		who:       alice,
		component: layout(components.Push("room", counted(&times), htmxrt.Everyone())),
	})
	if got.status != http.StatusOK || got.body != "<main></main>" {
		t.Errorf("shown %d %q, %v; want the layout alone", got.status, got.body, got.err)
	}
	if len(got.received) != 1 || got.received[0] != "<p>one\ntwo</p>" || times != 1 {
		t.Errorf("received %q, rendered %d times; want one message rendered once", got.received, times)
	}
}

// Without an audience a message is the sender's own.
func TestSendingDefaultsToTheSender(t *testing.T) {
	content := templ.Raw("<p>mine</p>")
	for name, component := range map[string]templ.Component{
		"Capture": inside(components.Capture("room"), content),
		"Push":    components.Push("room", content),
	} {
		t.Run(name, func(t *testing.T) {
			if got := request(t, page{who: alice, component: component}); got.err != nil || len(got.received) != 0 {
				t.Errorf("a guest received %q, %v; want nothing", got.received, got.err)
			}
		})
	}
}

func TestNothingIsSent(t *testing.T) {
	everyone := htmxrt.Everyone()
	good := templ.Raw("<p>good</p>")
	tests := []struct {
		scenario  string
		component templ.Component
		status    int
		who       htmxrt.Identity
		err       error
	}{
		{
			scenario:  "capture_component_error_midway_sends_nothing",
			component: layout(inside(components.Capture("room", everyone), broken)),
			err:       errBroken,
		},
		{
			scenario:  "push_component_error_midway_sends_nothing",
			component: layout(components.Push("room", broken, everyone)),
			err:       errBroken,
		},
		{
			scenario: "the page breaks after the children",
			component: templ.Join(inside(components.Capture("room", everyone), good),
				components.Push("room", good, everyone), broken),
			err: errBroken,
		},
		{
			scenario: "capture_4xx_5xx_3xx_sends_nothing",
			component: templ.Join(inside(components.Capture("room", everyone), good),
				components.Push("room", good, everyone)),
			status: http.StatusInternalServerError,
		},
		{
			scenario:  "Capture on a bad topic",
			component: inside(components.Capture("a,b", everyone), good),
			err:       htmxrt.ErrBadTopic,
		},
		{
			scenario:  "Push on a bad topic",
			component: components.Push("a,b", good, everyone),
			err:       htmxrt.ErrBadTopic,
		},
		{
			scenario:  "Capture by an unknown sender",
			component: inside(components.Capture("room"), good),
			who:       htmxrt.Identity{},
			err:       htmxrt.ErrUnknownSender,
		},
		{
			scenario:  "Push with a second content",
			component: components.Push("room", good, everyone, htmxrt.Text("two")),
			err:       htmxrt.ErrContent,
		},
	}
	for _, tt := range tests {
		t.Run(tt.scenario, func(t *testing.T) {
			got := request(t, page{component: tt.component, status: tt.status, who: tt.who})
			if len(got.received) != 0 {
				t.Errorf("received %q, want nothing", got.received)
			}
			if !errors.Is(got.err, tt.err) {
				t.Errorf("Render = %v, want %v", got.err, tt.err)
			}
			if got.status != http.StatusInternalServerError {
				t.Errorf("status %d, want 500", got.status)
			}
		})
	}
}

func TestSendingNeedsARequest(t *testing.T) {
	for name, component := range map[string]templ.Component{
		"Capture": inside(components.Capture("room", htmxrt.Everyone()), templ.Raw("x")),
		"Push":    components.Push("room", templ.Raw("x"), htmxrt.Everyone()),
	} {
		if err := component.Render(context.Background(), io.Discard); !errors.Is(err, htmxrt.ErrNoHub) {
			t.Errorf("%s outside a request = %v, want %v", name, err, htmxrt.ErrNoHub)
		}
	}
}
