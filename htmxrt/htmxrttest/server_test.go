package htmxrttest_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

var bob = htmxrt.SignedIn(htmxrt.User{ID: "bob", Name: "Bob"})

// body reads an answer.
func body(t *testing.T, res *http.Response) string {
	t.Helper()
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestServerTellsTheHandlerWhoAsks(t *testing.T) {
	server := htmxrttest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		session, _ := htmxrt.SessionFrom(r.Context())
		fmt.Fprint(w, htmxrt.IdentityFrom(r.Context()), ", session ", session.Key, ", ", len(r.Header["Htmxrttest-Request"]))
	}))
	tests := []struct {
		name string
		opts []htmxrttest.OpenOption
		want string
	}{
		{name: "nobody", want: "unknown, session , 0"},
		{name: "anonymous", opts: []htmxrttest.OpenOption{htmxrttest.As(htmxrt.Anonymous())}, want: "anonymous, session , 0"},
		{name: "bob", opts: []htmxrttest.OpenOption{htmxrttest.As(bob, htmxrt.Session{Key: "k"})}, want: "user bob, session k, 0"},
		{
			name: "a forged header",
			opts: []htmxrttest.OpenOption{htmxrttest.Header("Htmxrttest-Request", "1")},
			want: "unknown, session , 0",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := body(t, server.Get("/", tt.opts...)); got != tt.want {
				t.Errorf("the handler saw %q, want %q", got, tt.want)
			}
		})
	}
}

func TestServerRequests(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		cookie, _ := r.Cookie("c")
		fmt.Fprint(w, r.Method, r.URL, r.Host, r.Header["A"], cookie, r.FormValue("field"), r.Header.Get("Last-Event-ID"))
	})
	mux.HandleFunc("/away", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/echo", http.StatusFound) })
	mux.HandleFunc("/address", func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		fmt.Fprint(w, host, err)
	})
	server := htmxrttest.NewServer(t, mux)
	tests := []struct {
		name string
		res  *http.Response
		want string
	}{
		{name: "Get", res: server.Get("/echo?q=1", htmxrttest.After("x")), want: "GET/echo?after=x&q=1htmxrt.test[] "},
		{name: "Post", res: server.Post("/echo", htmxrttest.Form(url.Values{"field": {"f"}})), want: "POST/echohtmxrt.test[] f"},
		{name: "Method", res: server.Get("/echo", htmxrttest.Method("PUT")), want: "PUT/echohtmxrt.test[] "},
		{
			name: "headers",
			res: server.Get("/echo", htmxrttest.Header("A", "1"), htmxrttest.Header("A", "2"),
				htmxrttest.Cookie(&http.Cookie{Name: "c", Value: "v"}), htmxrttest.LastEventID("y")),
			want: "GET/echohtmxrt.test[1 2] c=vy",
		},
		{name: "an address that parses", res: server.Get("/address"), want: "192.0.2.1<nil>"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := body(t, tt.res); got != tt.want {
				t.Errorf("the handler saw %q, want %q", got, tt.want)
			}
		})
	}
	if res := server.Get("/away"); res.StatusCode != http.StatusFound || body(t, res) == "" {
		t.Errorf("status %d, want the redirect itself", res.StatusCode)
	}
	res, err := server.Client().Get(server.URL + "/away")
	if err != nil || body(t, res) != "GET/echohtmxrt.test[] " {
		t.Errorf("Client().Get: %v, want the page behind the redirect", err)
	}
}

func TestServerEndsHandlersWithTheTest(t *testing.T) {
	ended := make(chan struct{})
	t.Run("a test that leaves requests open", func(t *testing.T) {
		server := htmxrttest.NewServer(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusOK)
			http.NewResponseController(w).Flush()
			<-r.Context().Done()
			close(ended)
		}))
		server.Get("/")
	})
	select {
	case <-ended:
	default:
		t.Error("the handler still runs")
	}
}

func TestServerReportsAHandlerThatDoesNotEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck := make(chan struct{})
		tb := newFakeTB(t)
		server := htmxrttest.NewServer(tb, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.NewResponseController(w).Flush()
			<-stuck
		}))
		server.Get("/").Body.Close()
		tb.finish()
		tb.wants(t, "a handler has not returned")
		close(stuck)
	})
}

func TestAbortWantsNoAnswer(t *testing.T) {
	tb := newFakeTB(t)
	server := htmxrttest.NewServer(tb, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/panic" {
			panic("oops")
		}
	}))
	server.Abort("/panic")
	tb.wants(t)
	tb.run(func() { server.Abort("/") })
	tb.wants(t, "POST / was answered with 200 OK, want no answer")
	tb.finish()
}

func TestAwaitStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tb := newFakeTB(t)
		hub := htmxrttest.NewHub(tb, htmxrt.Options{})
		server := htmxrttest.NewServer(tb, hub.Stream("room"))
		ctx, cancel := context.WithCancel(t.Context())
		server.Open("/", htmxrttest.WithContext(ctx))
		server.AwaitStreams(hub, 1)
		cancel()
		server.AwaitStreams(hub, 0)
		tb.run(func() { server.AwaitStreams(hub, 1) })
		tb.wants(t, "the hub has 0 streams open, want 1")
		tb.finish()
	})
}

// A page's heartbeat comes after exactly 15 s of the bubble's clock.
func TestServerInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub := htmxrttest.NewHub(t, htmxrt.Options{})
		stream := htmxrttest.NewServer(t, hub.Stream("room")).Open("/")
		start := time.Now()
		stream.NextRaw()
		for i := range 100 {
			beat := stream.NextRaw()
			if got, want := time.Since(start), time.Duration(i+1)*15*time.Second; beat.Name != "htmxrt-beat" || got != want {
				t.Fatalf("event %q after %v, want htmxrt-beat after %v", beat.Name, got, want)
			}
		}
	})
}
