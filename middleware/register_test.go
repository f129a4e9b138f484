package middleware_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
	"github.com/htmxrt/htmxrt/middleware"
	"github.com/htmxrt/htmxrt/static"
)

func TestRegisterRefuses(t *testing.T) {
	hub := htmxrttest.NewHub(t, htmxrt.Options{})
	taken := func(path string) *echo.Echo {
		e := echo.New()
		e.GET(path, func(echo.Context) error { return nil })
		return e
	}
	tests := []struct {
		name string
		e    *echo.Echo
		hub  *htmxrt.Hub
		sm   *scs.SessionManager
	}{
		{name: "no Echo", hub: hub, sm: newManager(newFaultyStore())},
		{name: "no hub", e: echo.New(), sm: newManager(newFaultyStore())},
		{name: "no manager", e: echo.New(), hub: hub},
		{name: "no store", e: echo.New(), hub: hub, sm: newManager(nil)},
		{name: "the stream's path is taken", e: taken("/_rt/stream"), hub: hub, sm: newManager(newFaultyStore())},
		{name: "the scripts' path is taken", e: taken("/_rt/static/*"), hub: hub, sm: newManager(newFaultyStore())},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := middleware.Register(tt.e, tt.hub, tt.sm, middleware.Config{}); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestRegisterTwice(t *testing.T) {
	s := newSite(t, plan{})
	store, routes := s.sm.Store, len(s.echo.Routes())
	for _, path := range []string{"", "/other"} {
		err := middleware.Register(s.echo, s.hub, s.sm, middleware.Config{StreamPath: path})
		if err == nil || !strings.Contains(err.Error(), "before") {
			t.Errorf("the second Register = %v", err)
		}
	}
	if s.sm.Store != store || len(s.echo.Routes()) != routes {
		t.Error("the second Register changed something")
	}
	b := s.browser()
	b.post("/put").setsCookies(1).says("put")
	if n := s.store.committed(); n != 1 {
		t.Errorf("%d commits, want 1", n)
	}
	// Another Echo of the same app, such as one for administrators.
	if err := middleware.Register(echo.New(), s.hub, s.sm, middleware.Config{}); err != nil || s.sm.Store != store {
		t.Errorf("Register for another Echo = %v, or the store was decorated twice", err)
	}
}

func TestStreamPathAnswersOtherMethods(t *testing.T) {
	for _, path := range []string{"/_rt/stream", "/live"} {
		s := newSite(t, plan{config: middleware.Config{StreamPath: path}})
		for _, method := range []string{http.MethodPost, http.MethodHead, http.MethodPut, http.MethodOptions} {
			got := s.browser().get(path, htmxrttest.Method(method)).is(http.StatusMethodNotAllowed)
			if allow := got.Header.Get("Allow"); allow != http.MethodGet {
				t.Errorf("%s %s: Allow: %q, want GET", method, path, allow)
			}
		}
	}
}

func TestScriptsAreServed(t *testing.T) {
	s := newSite(t, plan{})
	path := static.Path + static.Assets()[0].Path()
	s.browser().get(path).is(http.StatusOK)
	s.browser().get(path, htmxrttest.Method(http.MethodHead)).is(http.StatusOK)
	s.browser().get(static.Path + "other.js").is(http.StatusNotFound)
}

// One process may hold a hundred streams open when it is told to stop. Sockets
// are real here: Echo's own server is what is shut down.
func TestShutdown(t *testing.T) {
	t.Run("shutdown_closes_streams_fast", func(t *testing.T) {
		testShutdown(t, func(e *echo.Echo, ctx context.Context) error { return e.Shutdown(ctx) })
	})
	t.Run("also with Echo's server", func(t *testing.T) {
		testShutdown(t, func(e *echo.Echo, ctx context.Context) error { return e.Server.Shutdown(ctx) })
	})
}

func testShutdown(t *testing.T, shutdown func(*echo.Echo, context.Context) error) {
	t.Helper()
	const streams = 100
	s := newSite(t, plan{hub: htmxrt.Options{Limits: htmxrt.Limits{StreamsPerIdentity: streams}}})
	address := s.start()
	readers := make([]*bufio.Reader, streams)
	for i := range readers {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		if _, err := conn.Write([]byte("GET /room HTTP/1.1\r\nHost: localhost\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		readers[i] = bufio.NewReader(conn)
		readUntil(t, readers[i], "event: htmxrt-open")
	}
	start := time.Now()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := shutdown(s.echo, ctx); err != nil {
		t.Errorf("shutdown: %v", err)
	}
	if d := time.Since(start); d > time.Second {
		t.Errorf("shutdown took %v, want less than 1s", d)
	}
	for _, r := range readers {
		readUntil(t, r, "event: htmxrt-bye")
	}
	err := s.hub.Send(context.Background(), "room", htmxrt.Text("x"), htmxrt.Everyone())
	if !errors.Is(err, htmxrt.ErrClosed) {
		t.Errorf("Send = %v, want %v", err, htmxrt.ErrClosed)
	}
}

// start makes Echo listen on a socket and returns its address. The test shuts
// Echo down.
func (s *site) start() string {
	s.t.Helper()
	l, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		s.t.Fatal(err)
	}
	s.echo.Listener, s.echo.HideBanner, s.echo.HidePort = l, true, true
	served := make(chan error, 1)
	go func() { served <- s.echo.Start("") }() // ended by Shutdown; the cleanup waits
	s.t.Cleanup(func() {
		s.echo.Close()
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			s.t.Errorf("serve: %v", err)
		}
	})
	return l.Addr().String()
}

// readUntil reads lines up to one that is line.
func readUntil(t *testing.T, r *bufio.Reader, line string) {
	t.Helper()
	for {
		got, err := r.ReadString('\n')
		if err != nil {
			t.Fatalf("%v, want the line %q", err, line)
		}
		if strings.TrimSpace(got) == line {
			return
		}
	}
}
