package middleware

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/static"
)

const eventStream = "text/event-stream"

// SkipStream reports whether c is a request for an event stream. It is a
// Skipper for middleware that must not touch one: gzip (30 times the memory of
// a stream without), timeout, rate limit, body dump, request logger.
//
// It is true for every request of the path where [Register] mounted the hub, or
// of htmxrt.DefaultStreamPath; and for a GET that accepts text/event-stream but
// not text/html, as EventSource sends it. htmx 4 accepts both with all of its
// requests: a stream that the app mounted itself at another path cannot be told
// from its pages, and middleware on that route needs a Skipper of its own.
func SkipStream(c echo.Context) bool {
	return isStreamPath(c) || c.Request().Method == http.MethodGet && acceptsStreamOnly(c.Request())
}

// streamMark is set in the echo.Context of requests for Config.StreamPath.
const streamMark = "htmxrt.stream"

// markStream marks the requests of path. It runs before routing, and so before
// all middleware that asks SkipStream, in whichever order that was used.
func markStream(path string) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if c.Request().URL.Path == path {
				c.Set(streamMark, true)
			}
			return next(c)
		}
	}
}

func isStreamPath(c echo.Context) bool {
	return c.Request().URL.Path == htmxrt.DefaultStreamPath || c.Get(streamMark) != nil
}

func acceptsStreamOnly(r *http.Request) bool {
	accept := strings.ToLower(strings.Join(r.Header.Values(echo.HeaderAccept), ","))
	return strings.Contains(accept, eventStream) && !strings.Contains(accept, echo.MIMETextHTML)
}

// isScript reports whether r asks for one of the embedded scripts, which are
// the same for everybody.
func isScript(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, static.Path) }

// isEventStream reports whether a response with header h is an event stream.
func isEventStream(h http.Header) bool {
	return strings.HasPrefix(strings.ToLower(h.Get(echo.HeaderContentType)), eventStream)
}
