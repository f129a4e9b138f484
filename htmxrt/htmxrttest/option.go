package htmxrttest

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// OpenOption says how a request differs from a plain GET by somebody unknown.
type OpenOption func(*request)

// request is one request on its way through a Server.
type request struct {
	method  string
	ctx     context.Context
	header  http.Header
	query   url.Values
	body    io.Reader
	known   bool // who is set
	who     htmxrt.Identity
	session *htmxrt.Session

	ended chan struct{} // closed when the handler has returned
}

func newRequest(opts []OpenOption) *request {
	r := &request{
		method: http.MethodGet,
		ctx:    context.Background(),
		header: make(http.Header),
		query:  make(url.Values),
		ended:  make(chan struct{}),
	}
	for _, opt := range opts {
		opt(r)
	}
	return r
}

// As makes who the viewer and the sender, and a session theirs: the handler
// finds both with htmxrt.IdentityFrom and SessionFrom, unless middleware below
// says otherwise. Without As nobody is known.
func As(who htmxrt.Identity, session ...htmxrt.Session) OpenOption {
	return func(r *request) {
		r.who, r.known = who, true
		if len(session) > 0 {
			r.session = &session[0]
		}
	}
}

// Header adds a header field.
func Header(name, value string) OpenOption {
	return func(r *request) { r.header.Add(name, value) }
}

// Cookie adds a cookie.
func Cookie(c *http.Cookie) OpenOption {
	return func(r *request) { r.header.Add("Cookie", c.Name+"="+c.Value) }
}

// After asks for what follows a cursor, as the URL in a page does.
func After(c htmxrt.Cursor) OpenOption {
	return func(r *request) { r.query.Set("after", string(c)) }
}

// LastEventID asks for what follows a cursor, as a browser does that returns.
func LastEventID(c htmxrt.Cursor) OpenOption {
	return func(r *request) { r.header.Set("Last-Event-ID", string(c)) }
}

// Method replaces the method.
func Method(method string) OpenOption {
	return func(r *request) { r.method = method }
}

// Form sends values as an HTML form does.
func Form(values url.Values) OpenOption {
	return func(r *request) {
		r.body = strings.NewReader(values.Encode())
		r.header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
}

// WithContext ends the request when ctx ends.
func WithContext(ctx context.Context) OpenOption {
	return func(r *request) { r.ctx = ctx }
}
