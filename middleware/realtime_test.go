package middleware_test

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/labstack/echo/v4"
	echomiddleware "github.com/labstack/echo/v4/middleware"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
	"github.com/htmxrt/htmxrt/middleware"
)

// quietLogger and quietRecover answer errors themselves, as those of Echo do.
var (
	//lint:ignore SA1019 deprecated by Echo, and still in use
	quietLogger  = echomiddleware.LoggerWithConfig(echomiddleware.LoggerConfig{Output: io.Discard})
	quietRecover = echomiddleware.RecoverWithConfig(echomiddleware.RecoverConfig{DisablePrintStack: true})
)

// orders are middleware of the app before and after Register.
var orders = map[string]func(...echo.MiddlewareFunc) plan{
	"before Register": func(m ...echo.MiddlewareFunc) plan {
		return plan{before: func(s *site) { s.echo.Use(m...) }}
	},
	"after Register": func(m ...echo.MiddlewareFunc) plan {
		return plan{instead: func(s *site) {
			if err := middleware.Register(s.echo, s.hub, s.sm, middleware.Config{}); err != nil {
				s.t.Fatal(err)
			}
			s.echo.Use(m...)
		}}
	},
}

// capture sends what the handler writes from now on to everybody.
func capture(c echo.Context, opts ...htmxrt.SendOption) error {
	return htmxrt.Send(c.Request().Context(), "room", append(opts, htmxrt.Everyone())...)
}

// captures are handlers, what their client reads and what is sent.
var captures = []struct {
	scenario string
	method   string // POST if empty
	handler  echo.HandlerFunc
	status   int
	body     string
	sent     string // "" for nothing
}{
	{
		scenario: "capture_default_response",
		handler: func(c echo.Context) error {
			return errors.Join(capture(c), middleware.Render(c, http.StatusCreated, item("hi")))
		},
		status: 201, body: "<li>hi</li>", sent: "<li>hi</li>",
	},
	{
		scenario: "capture_default_response_204_no_swap",
		handler: func(c echo.Context) error {
			return errors.Join(capture(c, htmxrt.Divert()), middleware.Render(c, http.StatusOK, item("hi")))
		},
		status: 204, sent: "<li>hi</li>",
	},
	{
		scenario: "capture_handler_error_sends_nothing",
		handler: func(c echo.Context) error {
			return errors.Join(capture(c), c.HTML(http.StatusOK, "half"), errors.New("late"))
		},
		status: 500, body: "{\"message\":\"Internal Server Error\"}\n",
	},
	{
		scenario: "capture_handler_error_sends_nothing, behind a page with a length",
		handler: func(c echo.Context) error {
			return errors.Join(capture(c), middleware.Render(c, http.StatusOK, item("x")), errors.New("late"))
		},
		status: 500, body: "{\"message\":\"Internal Server Error\"}\n",
	},
	{
		scenario: "capture_handler_error_sends_nothing, with a status",
		handler: func(c echo.Context) error {
			if err := errors.Join(capture(c), c.HTML(http.StatusOK, "half")); err != nil {
				return err
			}
			return echo.ErrTeapot
		},
		status: 418, body: "{\"message\":\"I'm a teapot\"}\n",
	},
	{
		scenario: "capture_handler_error_sends_nothing, answered by the handler",
		handler: func(c echo.Context) error {
			if err := capture(c); err != nil {
				return err
			}
			c.Error(echo.ErrTeapot)
			return nil
		},
		status: 418, body: "{\"message\":\"I'm a teapot\"}\n",
	},
	{
		scenario: "capture_panic_sends_nothing",
		handler: func(c echo.Context) error {
			if err := errors.Join(capture(c), c.HTML(http.StatusOK, "half")); err != nil {
				return err
			}
			panic("oops")
		},
		status: 500, body: "{\"message\":\"Internal Server Error\"}\n",
	},
	{
		scenario: "capture_4xx_5xx_3xx_sends_nothing, 422",
		handler: func(c echo.Context) error {
			return errors.Join(capture(c), c.String(http.StatusUnprocessableEntity, "no"))
		},
		status: 422, body: "no",
	},
	{
		scenario: "capture_4xx_5xx_3xx_sends_nothing, 503",
		handler: func(c echo.Context) error {
			return errors.Join(capture(c), c.String(http.StatusServiceUnavailable, "no"))
		},
		status: 503, body: "no",
	},
	{
		scenario: "capture_4xx_5xx_3xx_sends_nothing, 303",
		handler: func(c echo.Context) error {
			return errors.Join(capture(c), c.Redirect(http.StatusSeeOther, "/who"))
		},
		status: 303,
	},
	{
		scenario: "capture_conditional_get_is_normal_page", method: http.MethodGet,
		handler: func(c echo.Context) error {
			if c.Request().Method == http.MethodPost {
				if err := capture(c); err != nil {
					return err
				}
			}
			return c.HTML(http.StatusOK, "page")
		},
		status: 200, body: "page",
	},
	{
		scenario: "component_escapes_user_text",
		handler: func(c echo.Context) error {
			return errors.Join(capture(c), middleware.Render(c, http.StatusOK, item("<script>alert(1)</script>")))
		},
		status: 200, body: "<li>&lt;script&gt;alert(1)&lt;/script&gt;</li>",
		sent: "<li>&lt;script&gt;alert(1)&lt;/script&gt;</li>",
	},
	{
		scenario: "a component that fails half way",
		handler: func(c echo.Context) error {
			if err := capture(c); err != nil {
				return err
			}
			return middleware.Render(c, http.StatusOK, broken)
		},
		status: 500, body: "{\"message\":\"Internal Server Error\"}\n",
	},
	{
		scenario: "a flush while the response is held",
		handler: func(c echo.Context) error {
			err := errors.Join(capture(c), c.HTML(http.StatusOK, "half"))
			c.Response().Header().Set("HX-Trigger", "saved")
			c.Response().Flush()
			return err
		},
		status: 500, body: "{\"message\":\"Internal Server Error\"}\n",
	},
	{
		scenario: "a response that is too large",
		handler: func(c echo.Context) error {
			return errors.Join(capture(c), c.HTMLBlob(http.StatusOK, bytes.Repeat([]byte("x"), 2000)))
		},
		status: 500, body: "{\"message\":\"Internal Server Error\"}\n",
	},
}

func TestCapture(t *testing.T) {
	for order, with := range orders {
		for _, encoding := range []string{"identity", "gzip"} {
			for _, tt := range captures {
				t.Run(tt.scenario+", "+encoding+", middleware "+order, func(t *testing.T) {
					p := with(echomiddleware.Gzip(), quietLogger, quietRecover)
					p.hub.Limits.Message, p.hub.Limits.AnonymousMessage = 1000, 1000
					s := newSite(t, p)
					s.echo.Any("/", func(c echo.Context) error {
						s.sm.Put(c.Request().Context(), "color", "red")
						return tt.handler(c)
					})
					stream := s.browser().open("/room")
					got := s.browser().get("/", htmxrttest.Method(cmp.Or(tt.method, http.MethodPost)),
						htmxrttest.Header("Accept-Encoding", encoding))
					if body := inflate(t, got.is(tt.status).setsCookies(1)); body != tt.body {
						t.Errorf("body %q, want %q", body, tt.body)
					}
					if n := s.store.committed(); n != 1 {
						t.Errorf("%d commits, want 1", n)
					}
					if got.StatusCode >= 400 && got.Header.Get("HX-Trigger") != "" {
						t.Error("the error page announces a success")
					}
					s.fence()
					if tt.sent != "" {
						stream.NextIs(tt.sent)
					}
					stream.NextIs("fence")
				})
			}
		}
	}
}

// inflate returns the body as a browser reads it.
func inflate(t *testing.T, r reply) string {
	t.Helper()
	if r.Header.Get("Content-Encoding") != "gzip" {
		return r.body
	}
	zr, err := gzip.NewReader(bytes.NewReader([]byte(r.body)))
	if err != nil {
		t.Fatalf("gzip: %v", err)
	}
	b, err := io.ReadAll(zr)
	if err != nil {
		t.Fatalf("gzip: %v", err)
	}
	return string(b)
}

// Where the capture cannot be told apart from what middleware made of it, the
// send is an error and nothing is sent.
func TestCaptureThatCannotBe(t *testing.T) {
	tests := []struct {
		name   string
		on     echo.MiddlewareFunc
		before func(echo.Context) error // of the send
	}{
		{"begun through gzip", echomiddleware.Gzip(), func(c echo.Context) error { return c.HTML(http.StatusOK, "before") }},
		{"a writer that hides those below", func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c echo.Context) error {
				if c.Request().Method == http.MethodPost {
					c.Response().Writer = struct{ http.ResponseWriter }{c.Response().Writer}
				}
				return next(c)
			}
		}, func(echo.Context) error { return nil }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, orders["after Register"](tt.on))
			s.echo.POST("/", func(c echo.Context) error {
				if err := tt.before(c); err != nil {
					return err
				}
				if err := capture(c); !errors.Is(err, htmxrt.ErrCapture) {
					t.Errorf("Send = %v, want %v", err, htmxrt.ErrCapture)
				}
				_, err := c.Response().Write([]byte("after"))
				return err
			})
			stream := s.browser().open("/room")
			s.browser().post("/", htmxrttest.Header("Accept-Encoding", "gzip")).is(http.StatusOK)
			s.fence()
			stream.NextIs("fence")
		})
	}
}

// The part of a response before the capture is not sent.
func TestCaptureBeginsWithTheCall(t *testing.T) {
	s := newSite(t, plan{})
	s.echo.POST("/", func(c echo.Context) error {
		return errors.Join(c.String(http.StatusOK, "before "), capture(c), c.String(http.StatusOK, "after"))
	})
	stream := s.browser().open("/room")
	s.browser().post("/").says("before after")
	stream.NextIs("after")
}

// An app's own context keeps its type through Realtime, below it and above.
func TestCustomContexts(t *testing.T) {
	type custom struct{ echo.Context }
	wrap := func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error { return next(&custom{c}) }
	}
	for order, with := range orders {
		t.Run(order, func(t *testing.T) {
			s := newSite(t, with(wrap))
			s.echo.POST("/", func(c echo.Context) error {
				if _, ok := c.(*custom); !ok {
					t.Errorf("the handler's context is a %T", c)
				}
				return errors.Join(capture(c), c.String(http.StatusOK, "hi"))
			})
			stream := s.browser().open("/room")
			s.browser().post("/").says("hi")
			stream.NextIs("hi")
		})
	}
}

func TestRealtimeTwiceIsOnce(t *testing.T) {
	s := newSite(t, plan{})
	s.echo.Use(middleware.Realtime(s.hub))
	s.echo.POST("/", func(c echo.Context) error {
		return errors.Join(capture(c), c.String(http.StatusOK, "hi"))
	})
	s.echo.POST("/error", func(c echo.Context) error {
		return errors.Join(c.String(http.StatusOK, "hi"), errors.New("late"))
	})
	stream := s.browser().open("/room")
	s.browser().post("/").says("hi")
	s.browser().post("/error").says("hi")
	s.fence()
	stream.NextIs("hi")
	stream.NextIs("fence")
}

// What was sent after a page's request began, and before its stream, arrives.
func TestPageMissesNothing(t *testing.T) {
	s := newSite(t, plan{})
	b := s.browser()
	page := b.get("/page").body
	b.post("/send/between").is(http.StatusOK)
	b.open(page).NextIs("between")
}
