package middleware

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/static"
)

const userKeyDefault = "user"

// Config says where the session keeps its user and where streams are. The zero
// Config works.
type Config struct {
	// UserKey is the session's key that holds the user id, which [Login] puts
	// there: "user". An id that is not a string is written as fmt.Sprint does;
	// a zero one counts as an id that is missing, whose owner is unknown.
	UserKey string

	// Load returns the user with an id of the session. It is called for every
	// request but those for scripts, and again at each revalidation of each
	// stream, from many goroutines. With an error, or when it panics, the
	// identity is unknown and the log says why; streams that are open end and
	// come back. A user without an ID says that there is no such user any
	// more, and ends them for good. Nil: the id is all that is known.
	Load func(ctx context.Context, userID string) (htmxrt.User, error)

	// StreamPath is where pages open their stream: htmxrt.DefaultStreamPath.
	// It must be an absolute path on this host without parameters.
	StreamPath string

	// Htmx is the major version of htmx that the pages run. Default static.Htmx2.
	Htmx static.Htmx
}

// complete returns c with its defaults, or an error that names the field that
// is out of range. No other code knows a default.
func (c Config) complete() (Config, error) {
	if c.UserKey == "" {
		c.UserKey = userKeyDefault
	}
	if c.StreamPath == "" {
		c.StreamPath = htmxrt.DefaultStreamPath
	}
	if !isLocalPath(c.StreamPath) {
		return c, fmt.Errorf("middleware: Config.StreamPath is %q, want an absolute path of this host such as %q",
			c.StreamPath, htmxrt.DefaultStreamPath)
	}
	if strings.HasPrefix(c.StreamPath, static.Path) {
		return c, fmt.Errorf("middleware: Config.StreamPath is %q, among the scripts", c.StreamPath)
	}
	if _, err := static.Scripts(c.Htmx); err != nil {
		return c, fmt.Errorf("middleware: Config.Htmx: %w", err)
	}
	return c, nil
}

// isLocalPath reports whether s is a path that means the same to a browser, as
// part of a URL, and to Echo's router, as a route without parameters.
func isLocalPath(s string) bool {
	if !strings.HasPrefix(s, "/") || strings.HasPrefix(s, "//") || strings.ContainsAny(s, `:*\%`) {
		return false
	}
	u, err := url.Parse(s)
	return err == nil && u.EscapedPath() == s
}
