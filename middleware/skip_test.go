package middleware_test

import (
	"net/http"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
	"github.com/htmxrt/htmxrt/middleware"
)

func TestSkipStream(t *testing.T) {
	const fetch, source = "text/html, text/event-stream", "text/event-stream"
	tests := []struct {
		method, path, accept string
		want                 bool
	}{
		{method: "GET", path: "/_rt/stream", want: true},
		{method: "POST", path: "/_rt/stream", want: true},
		{method: "GET", path: "/live", accept: fetch, want: true}, // Register's path, as htmx 4 asks
		{method: "GET", path: "/livelier", accept: fetch},
		{method: "GET", path: "/room", accept: source, want: true},
		{method: "GET", path: "/room", accept: "TEXT/Event-Stream", want: true},
		{method: "GET", path: "/room", accept: fetch}, // htmx 4 asks for pages like this
		{method: "POST", path: "/room", accept: source},
		{method: "GET", path: "/room", accept: "*/*"},
		{method: "GET", path: "/room"},
	}
	asked := make(chan bool, 1)
	ask := func(echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			asked <- middleware.SkipStream(c)
			return c.NoContent(http.StatusNoContent)
		}
	}
	for _, before := range []bool{true, false} {
		p := plan{config: middleware.Config{StreamPath: "/live"}}
		if before {
			p.before = func(s *site) { s.echo.Use(ask) }
		}
		s := newSite(t, p)
		if !before {
			s.echo.Use(ask)
		}
		for _, tt := range tests {
			b := s.browser()
			if b.get(tt.path, htmxrttest.Method(tt.method), htmxrttest.Header("Accept", tt.accept)); <-asked != tt.want {
				t.Errorf("SkipStream of %s %s with Accept %q = %v, used before Register: %v", tt.method, tt.path, tt.accept, !tt.want, before)
			}
		}
	}
}
