package htmxrt

import (
	"context"
	"fmt"
	"net/url"
)

// DefaultStreamPath is where pages find Hub.ServeHTTP unless WithStreamPath
// says otherwise.
const DefaultStreamPath = "/_rt/stream"

// WithStreamPath returns a context whose pages connect to path.
func WithStreamPath(ctx context.Context, path string) context.Context {
	return context.WithValue(ctx, pathKey{}, path)
}

// Connection is what a page needs to open its stream.
type Connection struct {
	// URL holds the page's ticket and the position of the log at the beginning
	// of the request: nothing is missed between the two. Empty: the page
	// follows nothing.
	URL string
	// Tab is the page's tab id, to be sent back in TabHeader.
	Tab string
	// Topics are those that the viewer may follow, sorted.
	Topics []string
}

// Connect returns the connection of the page that is being rendered: to topics
// and to those of Follow. It is for the component that writes the connecting
// element. A second call in one request is ErrSecondStream, one outside a
// request ErrNoHub.
func Connect(ctx context.Context, topics ...string) (Connection, error) {
	x := exchangeFrom(ctx)
	if x == nil {
		return Connection{}, fmt.Errorf("%w: a page's stream needs Hub.Middleware", ErrNoHub)
	}
	set, err := x.page(topics)
	if err != nil {
		return Connection{}, err
	}
	h := x.hub
	if most := h.opts.Limits.Topics; len(set) > most {
		return Connection{}, fmt.Errorf("%w: a page follows %d topics, want at most %d", ErrBadTopic, len(set), most)
	}
	who := IdentityFrom(ctx)
	session, _ := SessionFrom(ctx)
	c := Connection{Tab: newTab(), Topics: h.allowed(ctx, who, set)}
	if len(c.Topics) == 0 {
		return c, nil
	}
	path, _ := ctx.Value(pathKey{}).(string)
	if path == "" {
		path = DefaultStreamPath
	}
	query := url.Values{
		"ticket": {h.mint(c.Topics, c.Tab, who, session, x.start.pos)},
		"after":  {string(x.start.cursor())},
	}
	c.URL = path + "?" + query.Encode()
	return c, nil
}
