package middleware_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/angelofallars/htmx-go"
	"github.com/labstack/echo/v4"

	"github.com/htmxrt/htmxrt/middleware"
)

// item is a component as templ generates it.
func item(text string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, "<li>"+templ.EscapeString(text)+"</li>")
		return err
	})
}

var errBroken = errors.New("broken component")

// broken fails when it has written half.
var broken = templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
	io.WriteString(w, strings.Repeat("half", 10_000))
	return errBroken
})

// retargeted is a response as handlers build it with htmx-go.
func retargeted() htmx.Response {
	return htmx.NewResponse().Retarget("#list").AddTrigger(htmx.Trigger("saved"))
}

// renderings are handlers and what their client reads.
var renderings = []struct {
	name    string
	handler echo.HandlerFunc
	status  int
	body    string
	header  map[string]string // "" for none
}{
	{
		name:    "a component",
		handler: func(c echo.Context) error { return middleware.Render(c, http.StatusCreated, item("ü")) },
		status:  201, body: "<li>ü</li>",
		header: map[string]string{
			"Content-Type": "text/html; charset=UTF-8", "Content-Length": "11", "Vary": "Cookie, HX-Request",
		},
	},
	{
		name: "a component longer than net/http's buffer",
		handler: func(c echo.Context) error {
			return middleware.Render(c, http.StatusOK, item(strings.Repeat("x", 10_000)))
		},
		status: 200, body: "<li>" + strings.Repeat("x", 10_000) + "</li>",
		header: map[string]string{"Content-Length": "10009"},
	},
	{
		name: "Vary is there already",
		handler: func(c echo.Context) error {
			c.Response().Header().Set("Vary", "accept, hx-request")
			return middleware.Render(c, http.StatusOK, item("x"))
		},
		status: 200, body: "<li>x</li>", header: map[string]string{"Vary": "accept, hx-request"},
	},
	{
		name: "a component that fails half way",
		handler: func(c echo.Context) error {
			err := middleware.RenderHTMX(c, retargeted(), http.StatusOK, broken)
			if !errors.Is(err, errBroken) || c.Response().Committed {
				return nil
			}
			return echo.ErrTeapot
		},
		status: 418, body: "{\"message\":\"I'm a teapot\"}\n",
		header: map[string]string{"HX-Retarget": "", "HX-Trigger": "", "Content-Type": "application/json"},
	},
	{
		name:    "no component",
		handler: func(c echo.Context) error { return middleware.Render(c, http.StatusOK, nil) },
		status:  500, body: "{\"message\":\"Internal Server Error\"}\n",
	},
	{
		name:    "a status without a body",
		handler: func(c echo.Context) error { return middleware.Render(c, http.StatusNoContent, item("x")) },
		status:  204, header: map[string]string{"Content-Length": "", "Content-Type": ""},
	},
	{
		name: "headers for htmx",
		handler: func(c echo.Context) error {
			return middleware.RenderHTMX(c, retargeted(), http.StatusUnprocessableEntity, item("x"))
		},
		status: 422, body: "<li>x</li>", header: map[string]string{"HX-Retarget": "#list", "HX-Trigger": "saved"},
	},
	{
		name: "a status for htmx",
		handler: func(c echo.Context) error {
			return middleware.RenderHTMX(c, retargeted().StatusCode(htmx.StatusStopPolling), http.StatusOK, item("x"))
		},
		status: 286, body: "<li>x</li>", header: map[string]string{"HX-Retarget": "#list"},
	},
	{
		name: "headers for htmx that do not marshal",
		handler: func(c echo.Context) error {
			bad := htmx.NewResponse().Retarget("#list").AddTrigger(htmx.TriggerObject("saved", func() {}))
			return middleware.RenderHTMX(c, bad, http.StatusOK, item("x"))
		},
		status: 500, body: "{\"message\":\"Internal Server Error\"}\n", header: map[string]string{"HX-Retarget": ""},
	},
	{
		name: "the zero response",
		handler: func(c echo.Context) error {
			return middleware.RenderHTMX(c, htmx.Response{}, http.StatusOK, item("x"))
		},
		status: 200, body: "<li>x</li>",
	},
}

func TestRender(t *testing.T) {
	for _, tt := range renderings {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, plan{})
			s.echo.GET("/", tt.handler)
			got := s.browser().get("/").is(tt.status)
			if got.body != tt.body {
				t.Errorf("body %q, want %q", got.body, tt.body)
			}
			for name, want := range tt.header {
				if value := strings.Join(got.Header.Values(name), ", "); value != want {
					t.Errorf("%s: %q, want %q", name, value, want)
				}
			}
		})
	}
}
