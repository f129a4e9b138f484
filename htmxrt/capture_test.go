package htmxrt_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

// captureScene serves handlers under the hub's middleware, with one stream of
// alice on "room".
type captureScene struct {
	hub    *htmxrt.Hub
	server *htmxrttest.Server
	stream *htmxrttest.Stream
}

func newCaptureScene(t *testing.T, opts htmxrt.Options, handler http.HandlerFunc) *captureScene {
	t.Helper()
	hub := htmxrttest.NewHub(t, opts)
	mux := http.NewServeMux()
	mux.Handle("/room", hub.Stream("room"))
	mux.HandleFunc("/do", handler)
	server := htmxrttest.NewServer(t, hub.Middleware(mux))
	return &captureScene{hub: hub, server: server, stream: server.Open("/room", htmxrttest.As(alice))}
}

// do makes alice post, and returns the answer and what her stream received.
func (s *captureScene) do(t *testing.T) (status int, body string, received []string) {
	t.Helper()
	res := s.server.Post("/do", htmxrttest.As(alice))
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	send(t, s.hub, context.Background(), htmxrt.Text("fence"), htmxrt.Everyone())
	for event := s.stream.Next(); event.Data != "fence"; event = s.stream.Next() {
		received = append(received, event.Data)
	}
	return res.StatusCode, string(text), received
}

// must is for handlers whose sends are to succeed.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

func TestCapture(t *testing.T) {
	tests := []struct {
		scenario string
		handler  http.HandlerFunc
		status   int
		body     string
		received []string
	}{
		{
			scenario: "capture_also_respond_html",
			handler: func(w http.ResponseWriter, r *http.Request) {
				must(htmxrt.Send(r.Context(), "room"))
				fmt.Fprint(w, "<li>hi</li>")
			},
			status: 200, body: "<li>hi</li>", received: []string{"<li>hi</li>"},
		},
		{
			scenario: "capture_default_response_204_no_swap",
			handler: func(w http.ResponseWriter, r *http.Request) {
				must(htmxrt.Send(r.Context(), "room", htmxrt.Divert()))
				fmt.Fprint(w, "<li>hi</li>")
			},
			status: 204, received: []string{"<li>hi</li>"},
		},
		{
			scenario: "capture_after_call_only",
			handler: func(w http.ResponseWriter, r *http.Request) {
				fmt.Fprint(w, "before ")
				must(htmxrt.Send(r.Context(), "room"))
				fmt.Fprint(w, "after")
			},
			status: 200, body: "before after", received: []string{"after"},
		},
		{
			scenario: "capture_empty_output",
			handler: func(_ http.ResponseWriter, r *http.Request) {
				must(htmxrt.Send(r.Context(), "room"))
			},
			status: 200, received: []string{""},
		},
		{
			scenario: "a component rendered straight into the response",
			handler: func(w http.ResponseWriter, r *http.Request) {
				must(htmxrt.Send(r.Context(), "room"))
				must(templ.Raw("<li>").Render(r.Context(), w))
				w.(http.Flusher).Flush() // as generated components do
				must(templ.Raw("hi</li>").Render(r.Context(), w))
			},
			status: 200, body: "<li>hi</li>", received: []string{"<li>hi</li>"},
		},
		{
			scenario: "capture_with_filter",
			handler: func(w http.ResponseWriter, r *http.Request) {
				must(htmxrt.Send(r.Context(), "room", htmxrt.Filter(func(c *htmxrt.Client) bool { return c.User().ID != "alice" })))
				fmt.Fprint(w, "not for alice")
			},
			status: 200, body: "not for alice",
		},
		{
			scenario: "direct_plus_capture_order",
			handler: func(w http.ResponseWriter, r *http.Request) {
				must(htmxrt.Send(r.Context(), "room"))
				fmt.Fprint(w, "captured")
				must(htmxrt.Send(r.Context(), "room", htmxrt.Text("direct")))
			},
			status: 200, body: "captured", received: []string{"direct", "captured"},
		},
		{
			scenario: "capture_4xx_5xx_3xx_sends_nothing",
			handler: func(w http.ResponseWriter, r *http.Request) {
				must(htmxrt.Send(r.Context(), "room"))
				http.Error(w, "no", http.StatusUnprocessableEntity)
			},
			status: 422, body: "no\n",
		},
		{
			scenario: "capture_4xx_5xx_3xx_sends_nothing",
			handler: func(w http.ResponseWriter, r *http.Request) {
				must(htmxrt.Send(r.Context(), "room", htmxrt.Divert()))
				w.Header().Set("Location", "/do")
				w.WriteHeader(http.StatusNotModified)
			},
			status: 304,
		},
		{
			scenario: "another 2xx",
			handler: func(w http.ResponseWriter, r *http.Request) {
				must(htmxrt.Send(r.Context(), "room"))
				w.WriteHeader(http.StatusCreated)
				fmt.Fprint(w, "made")
			},
			status: 201, body: "made", received: []string{"made"},
		},
		{
			scenario: "capture_conditional_get_is_normal_page",
			handler: func(w http.ResponseWriter, _ *http.Request) {
				fmt.Fprint(w, "page")
			},
			status: 200, body: "page",
		},
		{
			scenario: "staged sends go out together, in order, after success",
			handler: func(w http.ResponseWriter, r *http.Request) {
				must(htmxrt.Stage(r.Context(), "room", htmxrt.Text("first")))
				must(htmxrt.Capture(r.Context(), w, "room", component("second", nil)))
			},
			status: 200, body: "second", received: []string{"first", "second"},
		},
		{
			scenario: "staged sends of a failed request are not sent",
			handler: func(w http.ResponseWriter, r *http.Request) {
				must(htmxrt.Stage(r.Context(), "room", htmxrt.Text("first")))
				http.Error(w, "no", http.StatusInternalServerError)
			},
			status: 500, body: "no\n",
		},
	}
	for _, output := range []string{"5", "null", `{"a":1}`, `"quoted"`} {
		tests = append(tests, tests[0])
		last := &tests[len(tests)-1]
		last.scenario = "capture_json_looking_output_still_sent " + output
		last.handler = func(w http.ResponseWriter, r *http.Request) {
			must(htmxrt.Send(r.Context(), "room"))
			fmt.Fprint(w, output)
		}
		last.body, last.received = output, []string{output}
	}
	for _, tt := range tests {
		t.Run(tt.scenario, func(t *testing.T) {
			t.Parallel()
			status, body, received := newCaptureScene(t, htmxrt.Options{}, tt.handler).do(t)
			if status != tt.status || body != tt.body {
				t.Errorf("answer %d %q, want %d %q", status, body, tt.status, tt.body)
			}
			if strings.Join(received, "|") != strings.Join(tt.received, "|") || len(received) != len(tt.received) {
				t.Errorf("received %q, want %q", received, tt.received)
			}
		})
	}
}

func TestCaptureErrorsSendNothing(t *testing.T) {
	var got error // of the call under test
	tests := []struct {
		scenario string
		handler  http.HandlerFunc
		call     error // what got is to be
		status   int
	}{
		{
			scenario: "capture_twice_is_error",
			handler: func(w http.ResponseWriter, r *http.Request) {
				must(htmxrt.Send(r.Context(), "room"))
				got = htmxrt.Send(r.Context(), "room")
				http.Error(w, "no", http.StatusInternalServerError)
			},
			call: htmxrt.ErrCapture, status: 500,
		},
		{
			scenario: "capture_after_flush_is_error",
			handler: func(w http.ResponseWriter, r *http.Request) {
				w.(http.Flusher).Flush()
				got = htmxrt.Send(r.Context(), "room")
			},
			call: htmxrt.ErrCapture, status: 200,
		},
		{
			scenario: "a flush while the response is held",
			handler: func(w http.ResponseWriter, r *http.Request) {
				must(htmxrt.Send(r.Context(), "room"))
				fmt.Fprint(w, "x")
				got = http.NewResponseController(w).Flush()
			},
			call: htmxrt.ErrCapture, status: 500,
		},
		{
			scenario: "capture_limit_exceeded",
			handler: func(w http.ResponseWriter, r *http.Request) {
				must(htmxrt.Send(r.Context(), "room"))
				_, got = fmt.Fprint(w, strings.Repeat("x", 1001))
			},
			call: htmxrt.ErrTooLarge, status: 500,
		},
		{
			scenario: "capture beside a staged send that was shown",
			handler: func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(http.StatusInternalServerError)
				must(htmxrt.Capture(r.Context(), w, "room", component("x", nil)))
				got = htmxrt.Send(r.Context(), "room")
			},
			call: htmxrt.ErrCapture, status: 500,
		},
		{
			scenario: "Divert after the response was begun",
			handler: func(w http.ResponseWriter, r *http.Request) {
				w.WriteHeader(http.StatusOK)
				got = htmxrt.Send(r.Context(), "room", htmxrt.Divert())
				w.WriteHeader(http.StatusInternalServerError)
			},
			call: htmxrt.ErrCapture, status: 200,
		},
		{
			scenario: "capture_panic_sends_nothing",
			handler: func(w http.ResponseWriter, r *http.Request) {
				got = htmxrt.Send(r.Context(), "room")
				fmt.Fprint(w, "x")
				panic(http.ErrAbortHandler)
			},
		},
		{
			scenario: "a secret in the captured response",
			handler: func(w http.ResponseWriter, r *http.Request) {
				ctx := htmxrt.WithSecrets(r.Context(), "token-of-alice")
				got = htmxrt.Send(ctx, "room", htmxrt.Everyone())
				fmt.Fprint(w, "<input value=token-of-alice>")
			},
			status: 500,
		},
	}
	for _, tt := range tests {
		t.Run(tt.scenario, func(t *testing.T) {
			got = nil
			s := newCaptureScene(t, htmxrt.Options{Limits: htmxrt.Limits{Message: 1000}}, tt.handler)
			status, received := 0, []string(nil)
			if tt.status == 0 {
				s.server.Abort("/do", htmxrttest.As(alice))
				send(t, s.hub, context.Background(), htmxrt.Text("fence"), htmxrt.Everyone())
				if first := s.stream.Next().Data; first != "fence" {
					received = append(received, first)
				}
			} else {
				status, _, received = s.do(t)
			}
			if !errors.Is(got, tt.call) || status != tt.status {
				t.Errorf("the call gave %v and the client %d; want %v and %d", got, status, tt.call, tt.status)
			}
			// A capture that was refused late leaves the first one in place;
			// these handlers all fail, so nothing may be sent.
			if tt.call != nil && len(received) > 0 || tt.status == 500 && len(received) > 0 {
				t.Errorf("received %q all the same", received)
			}
		})
	}
}

func TestCapturesOfParallelRequestsKeepApart(t *testing.T) {
	t.Run("capture_not_leaking_between_requests", func(t *testing.T) {
		const posts = 200
		s := newCaptureScene(t, htmxrt.Options{}, func(w http.ResponseWriter, r *http.Request) {
			must(htmxrt.Send(r.Context(), "room", htmxrt.ToUser("alice")))
			fmt.Fprint(w, r.Header.Get("N"))
		})
		var wg sync.WaitGroup
		for worker := range 8 {
			wg.Go(func() {
				for n := worker; n < posts; n += 8 {
					res := s.server.Post("/do", htmxrttest.As(bob), htmxrttest.Header("N", fmt.Sprint(n)))
					body, _ := io.ReadAll(res.Body)
					res.Body.Close()
					if string(body) != fmt.Sprint(n) {
						t.Errorf("post %d was answered %q", n, body)
					}
				}
			})
		}
		seen := make(map[string]bool)
		for range posts {
			data := s.stream.Next().Data
			if seen[data] {
				t.Errorf("%q arrived twice", data)
			}
			seen[data] = true
		}
		wg.Wait()
	})
}

// When the log refuses, the request fails and the page does not show what
// nobody was sent.
func TestPublishErrorBecomesTheHandlers(t *testing.T) {
	hub := htmxrttest.NewHub(t, htmxrt.Options{})
	handler := hub.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		must(htmxrt.Send(r.Context(), "room", htmxrt.Everyone()))
		fmt.Fprint(w, "shown")
		must(hub.Shutdown(context.Background()))
	}))
	res := htmxrttest.NewServer(t, handler).Post("/", htmxrttest.As(alice))
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusInternalServerError || strings.Contains(string(body), "shown") {
		t.Errorf("answer %d %q, %v; want 500", res.StatusCode, body, err)
	}
}

// After the request nobody vouches for its identity any more.
func TestDefaultAudienceEndsWithTheRequest(t *testing.T) {
	kept := make(chan context.Context, 1)
	s := newCaptureScene(t, htmxrt.Options{}, func(_ http.ResponseWriter, r *http.Request) {
		kept <- r.Context()
	})
	s.do(t)
	ctx := <-kept
	if err := htmxrt.Send(ctx, "room", htmxrt.Text("late")); !errors.Is(err, htmxrt.ErrUnknownSender) {
		t.Errorf("Send = %v, want %v", err, htmxrt.ErrUnknownSender)
	}
	if err := htmxrt.Send(ctx, "room", htmxrt.Text("late"), htmxrt.ToUser("alice")); err != nil {
		t.Errorf("with a named audience: %v", err)
	}
	if err := htmxrt.Send(ctx, "room"); !errors.Is(err, htmxrt.ErrUnknownSender) {
		t.Errorf("a late capture: %v, want %v", err, htmxrt.ErrUnknownSender)
	}
	if err := htmxrt.Stage(ctx, "room", htmxrt.Text("late")); !errors.Is(err, htmxrt.ErrNoHub) {
		t.Errorf("a late stage: %v, want %v", err, htmxrt.ErrNoHub)
	}
}
