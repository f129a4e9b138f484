package middleware_test

import (
	"bufio"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	echomiddleware "github.com/labstack/echo/v4/middleware"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
	"github.com/htmxrt/htmxrt/middleware"
)

// The messages arrive while the stream is open, whatever gzip does.
func TestStreamsUnderGzip(t *testing.T) {
	skippers := map[string]echomiddleware.Skipper{
		"on": echomiddleware.DefaultSkipper, "skipped": middleware.SkipStream,
	}
	for name, skip := range skippers {
		for order, with := range orders {
			t.Run("echo_gzip_on_and_skipped: "+name+" "+order, func(t *testing.T) {
				s := newSite(t, with(echomiddleware.GzipWithConfig(echomiddleware.GzipConfig{Skipper: skip})))
				for _, path := range []string{"/room", s.browser().get("/page").body} {
					res := s.server.Get(path,
						htmxrttest.Header("Accept", "text/event-stream"), htmxrttest.Header("Accept-Encoding", "gzip"))
					defer res.Body.Close()
					var body io.Reader = res.Body
					if encoding := res.Header.Get("Content-Encoding"); (encoding == "gzip") != (name == "on") {
						t.Errorf("Content-Encoding: %q", encoding)
					} else if encoding == "gzip" {
						zr, err := gzip.NewReader(res.Body)
						if err != nil {
							t.Fatal(err)
						}
						body = zr
					}
					r := bufio.NewReader(body)
					readUntil(t, r, "event: htmxrt-open")
					s.fence()
					readUntil(t, r, "data: fence")
					s.fence()
					readUntil(t, r, "data: fence")
				}
			})
		}
	}
}

func TestStreamsUnderTimeout(t *testing.T) {
	for order, with := range orders {
		t.Run("echo_timeout_middleware_reports_clearly: "+order, func(t *testing.T) {
			timeout := func(skip echomiddleware.Skipper) echo.MiddlewareFunc {
				//lint:ignore SA1019 deprecated by Echo, and still in use
				cfg := echomiddleware.TimeoutConfig{Timeout: time.Minute, Skipper: skip}
				//lint:ignore SA1019 the same
				return echomiddleware.TimeoutWithConfig(cfg)
			}
			s := newSite(t, with(timeout(echomiddleware.DefaultSkipper)))
			for _, path := range []string{"/room", s.browser().get("/page").body} {
				got := s.browser().get(path).is(http.StatusInternalServerError)
				if !strings.Contains(got.body, "cannot be flushed: take timeout") {
					t.Errorf("the answer does not say what to do: %q", got.body)
				}
			}
			s = newSite(t, with(timeout(middleware.SkipStream)))
			stream := s.browser().open("/room")
			s.fence()
			stream.NextIs("fence")
		})
	}
}

// scs's own middleware may stay where it is; then it saves the sessions.
func TestScsLoadAndSave(t *testing.T) {
	wirings := map[string]plan{
		"outside Echo": {handler: func(s *site) http.Handler { return s.sm.LoadAndSave(s.echo) }},
		"outside Echo, without Register": {
			handler: func(s *site) http.Handler { return s.sm.LoadAndSave(s.echo) },
			instead: func(s *site) {
				s.echo.Use(middleware.Realtime(s.hub), middleware.Identify(s.sm, middleware.Config{}))
				s.echo.GET(htmxrt.DefaultStreamPath, echo.WrapHandler(s.hub))
			},
		},
		"inside Echo, before Register": {before: func(s *site) { s.echo.Use(echo.WrapMiddleware(s.sm.LoadAndSave)) }},
		"inside Echo, after Register": {instead: func(s *site) {
			if err := middleware.Register(s.echo, s.hub, s.sm, middleware.Config{}); err != nil {
				s.t.Fatal(err)
			}
			s.echo.Use(echo.WrapMiddleware(s.sm.LoadAndSave))
		}},
	}
	for name, p := range wirings {
		t.Run("scs_loadandsave_inside_and_outside_echo: "+name, func(t *testing.T) {
			s := newSite(t, p)
			alice, bob := s.browser(), s.login("bob")
			s.store.committed()
			alice.post("/login/alice").is(http.StatusOK).setsCookies(1)
			if n := s.store.committed(); n != 1 {
				t.Errorf("%d commits, want 1", n)
			}
			streams := []*htmxrttest.Stream{alice.open("/room"), alice.openPage(), bob.open("/room")}
			s.echo.POST("/capture", func(c echo.Context) error {
				s.sm.Put(c.Request().Context(), "color", "red")
				if err := htmxrt.Send(c.Request().Context(), "room"); err != nil {
					return err
				}
				return middleware.Render(c, http.StatusOK, item("hi"))
			})
			alice.post("/capture").setsCookies(1).says("<li>hi</li>")
			streams[0].NextIs("<li>hi</li>")
			streams[1].NextIs("<li>hi</li>")
			s.echo.POST("/late", func(c echo.Context) error {
				return errors.Join(htmxrt.Send(c.Request().Context(), "room"), c.String(http.StatusOK, "half"), errBroken)
			})
			alice.post("/late").is(http.StatusInternalServerError)
			alice.post("/logout").is(http.StatusOK).setsCookies(1)
			alice.cookies["session"] = "stale"
			alice.post("/put").setsCookies(1).says("put")
			if !s.store.has(alice.token()) {
				t.Errorf("the cookie %q names no session", alice.token())
			}
			s.fence()
			streams[2].NextIs("fence")
		})
	}
}
