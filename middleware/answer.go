package middleware

import (
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"
)

// restart makes res, of which nothing has reached the client, ready for another
// answer. Cookies stay, since what they name was stored; what described or
// announced the first answer goes, htmx's triggers and redirects among it.
func restart(res *echo.Response) {
	res.Committed, res.Status, res.Size = false, http.StatusOK, 0
	h := res.Header()
	for _, name := range []string{
		echo.HeaderContentType, echo.HeaderContentLength, echo.HeaderContentEncoding,
		echo.HeaderLocation, echo.HeaderLastModified, "Etag",
	} {
		h.Del(name)
	}
	for name := range h {
		if strings.HasPrefix(name, "Hx-") {
			h.Del(name)
		}
	}
}

// addVary adds name to the Vary header unless it is there.
func addVary(h http.Header, name string) {
	for _, line := range h.Values(echo.HeaderVary) {
		if slices.ContainsFunc(strings.Split(line, ","), func(have string) bool {
			return strings.EqualFold(strings.TrimSpace(have), name)
		}) {
			return
		}
	}
	h.Add(echo.HeaderVary, name)
}

// discard is a writer that writes nothing. It hides the one below.
type discard struct{ below http.ResponseWriter }

func (d discard) Header() http.Header         { return d.below.Header() }
func (d discard) WriteHeader(int)             {}
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) FlushError() error           { return nil }
