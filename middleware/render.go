package middleware

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/a-h/templ"
	"github.com/angelofallars/htmx-go"
	"github.com/labstack/echo/v4"
)

// Render renders component and answers with it: text/html, with its length, and
// Vary: HX-Request, since handlers answer htmx otherwise than a browser. A
// component that fails, half way or at once, is an error, and nothing is
// written. A status that has no body, such as 204, is answered without one.
func Render(c echo.Context, status int, component templ.Component) error {
	return render(c, status, component, nil)
}

// RenderHTMX is Render with the headers of resp, which are set when component
// was rendered. A status that was set on resp counts in the place of status.
func RenderHTMX(c echo.Context, resp htmx.Response, status int, component templ.Component) error {
	return render(c, status, component, &resp)
}

func render(c echo.Context, status int, component templ.Component, resp *htmx.Response) error {
	if component == nil {
		return errors.New("middleware: render: no component")
	}
	var body bytes.Buffer
	if err := component.Render(c.Request().Context(), &body); err != nil {
		return fmt.Errorf("middleware: render: %w", err)
	}
	answer := answer{header: make(http.Header), status: status}
	if resp != nil {
		if err := resp.Write(&answer); err != nil {
			return fmt.Errorf("middleware: headers for htmx: %w", err)
		}
	}
	h := c.Response().Header()
	for name, values := range answer.header {
		h[name] = values
	}
	addVary(h, "HX-Request")
	if answer.status == http.StatusNoContent || answer.status == http.StatusNotModified {
		return c.NoContent(answer.status)
	}
	h.Set(echo.HeaderContentLength, strconv.Itoa(body.Len()))
	return c.HTMLBlob(answer.status, body.Bytes())
}

// answer takes down what a htmx.Response writes, which may fail half way.
type answer struct {
	header http.Header
	status int
}

func (a *answer) Header() http.Header         { return a.header }
func (a *answer) WriteHeader(status int)      { a.status = status }
func (a *answer) Write(p []byte) (int, error) { return len(p), nil }
