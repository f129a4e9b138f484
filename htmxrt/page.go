package htmxrt

import (
	"context"
	"fmt"
	"net/url"
	"slices"
)

// DefaultStreamPath is where pages find Hub.ServeHTTP unless WithStreamPath
// says otherwise.
const DefaultStreamPath = "/_rt/stream"

// WithStreamPath returns a context whose pages connect to path.
func WithStreamPath(ctx context.Context, path string) context.Context {
	return context.WithValue(ctx, pathKey{}, path)
}

// Follow adds topics to what the page that is being rendered follows; its
// Stream component connects to all of them. A bad topic becomes that
// component's error. Outside a request Follow does nothing.
func Follow(ctx context.Context, topics ...string) {
	x := exchangeFrom(ctx)
	if x == nil {
		return
	}
	set, err := checkTopics(topics)
	x.mu.Lock()
	defer x.mu.Unlock()
	if err != nil && x.followErr == nil {
		x.followErr = err
	}
	x.follows = append(x.follows, set...)
}

// page returns the topics that the page follows together with others, and
// claims the page's one stream.
func (x *Exchange) page(topics []string) ([]string, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case x.followErr != nil:
		return nil, x.followErr
	case x.streamed:
		return nil, ErrSecondStream
	}
	x.streamed = true
	return checkTopics(slices.Concat(x.follows, topics))
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
		"ticket": {h.mint(c.Topics, c.Tab, who, session, x.start)},
		"after":  {string(x.start.cursor())},
	}
	c.URL = path + "?" + query.Encode()
	return c, nil
}
