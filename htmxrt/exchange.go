package htmxrt

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"sync"
)

// TabHeader is the request header in which a page tells its tab id, see ToTab
// and ExceptSender.
const TabHeader = "Htmxrt-Tab"

// Exchange is one request with its response, as the hub sees it: where the log
// was when it began, what its page follows, what is to be sent when it has
// succeeded. It is for adapters of web frameworks: Hub.Middleware is the one for
// net/http, package middleware has the one for Echo. They call, in this order,
// Begin, then Writer, then the handler, then End.
type Exchange struct {
	hub   *Hub
	start *place // where the log was when the request began
	tab   string // of the page that sent it; "" unknown

	mu        sync.Mutex // guards the fields below
	follows   []string
	followErr error // of the first bad topic
	streamed  bool  // the page has its stream
	response  *response
	renew     func() error // puts another Writer under the handler; nil: there is one
	flushed   bool
	staged    []*draft
	capture   *draft // the send whose content is the response
	failed    error  // what End returns
	ended     bool
}

type exchangeKey struct{}

// exchangeFrom returns the exchange of ctx, nil if there is none or it ended.
func exchangeFrom(ctx context.Context) *Exchange {
	x, _ := ctx.Value(exchangeKey{}).(*Exchange)
	if x == nil || x.isEnded() {
		return nil
	}
	return x
}

// Middleware gives next's requests the hub, the position of the log at their
// beginning, the tab id, and capture. It should be the outermost that knows of
// the user, so that the position is taken before anything is read that a
// message may change.
func (h *Hub) Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x, r := h.Begin(r)
		defer x.abandon() // a panic of next sends nothing
		next.ServeHTTP(x.Writer(w), r)
		if err := x.End(r.Context(), nil); err != nil {
			h.log.Error("htmxrt: what was captured or staged was not sent", "err", err, "path", r.URL.Path)
			if x.Untouched() {
				http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
			}
		}
	})
}

// Begin opens the exchange of r and returns it with the request that carries it.
// Nested calls on one request share the outermost's exchange; its End is the
// one that counts.
func (h *Hub) Begin(r *http.Request) (*Exchange, *http.Request) {
	if x := exchangeFrom(r.Context()); x != nil && x.hub == h {
		return &Exchange{hub: h, ended: true}, r
	}
	x := &Exchange{hub: h, start: h.head.Load(), tab: checkTab(r.Header.Get(TabHeader))}
	ctx := WithHub(context.WithValue(r.Context(), exchangeKey{}, x), h)
	return x, r.WithContext(ctx)
}

// Writer returns the writer to put under the handler. It passes everything
// through until a capture or a staged send begins; from then on it holds the
// response until End.
func (x *Exchange) Writer(w http.ResponseWriter) http.ResponseWriter {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.ended {
		return w
	}
	r := &response{ResponseWriter: w, exchange: x}
	if below := x.response; below != nil {
		r.status, r.wrote = below.status, below.wrote
	}
	x.response = r
	return r
}

// OnHold sets a function that is called once when the response begins to be
// held, and that calls Writer again: a framework whose other middleware may
// have put writers on top, such as gzip, so holds what the handler writes, not
// what they make of it. An error of f is that of the capture or staged send,
// and nothing is held.
func (x *Exchange) OnHold(f func() error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.renew = f
}

// End says that the handler has returned, with an error or nil. If that is nil
// and the status is 2xx, everything staged is published, all or nothing, and
// then the response is released; else nothing is published. A publish, size or
// render error is returned, and so is the handler's own; the held response is
// thrown away then, see Untouched.
func (x *Exchange) End(ctx context.Context, handler error) error {
	x.mu.Lock()
	if x.ended {
		x.mu.Unlock()
		return handler
	}
	x.ended = true
	err := handler
	if err == nil {
		err = x.failed
	}
	res, staged, capture := x.response, x.staged, x.capture
	x.mu.Unlock()

	if res == nil || !res.holding() {
		return err
	}
	if err != nil {
		return err
	}
	if !res.succeeded() {
		return res.release(false)
	}
	divert := false
	if capture != nil {
		divert = capture.divert
		capture.body = bytes.Clone(res.held.Bytes())
		staged = append(staged, capture)
	}
	if err := x.hub.publishDrafts(ctx, staged...); err != nil {
		return err
	}
	return res.release(divert)
}

// Untouched reports, after End returned an error, that nothing of the response
// has been written: it can still become an error page.
func (x *Exchange) Untouched() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.response == nil || !x.response.wrote
}

// abandon ends the exchange if End was not called.
func (x *Exchange) abandon() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.ended = true
}

func (x *Exchange) isEnded() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.ended
}

// fail notes what End returns; the first one counts.
func (x *Exchange) fail(err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.failed == nil {
		x.failed = err
	}
}

// hold begins to hold the response, if that is not done already.
func (x *Exchange) hold() error {
	x.mu.Lock()
	res, renew, flushed := x.response, x.renew, x.flushed
	x.mu.Unlock()
	switch {
	case res != nil && res.holding():
		return nil
	case flushed:
		return fmt.Errorf("%w: the response was flushed already", ErrCapture)
	}
	if renew != nil {
		if err := renew(); err != nil {
			return err
		}
		x.mu.Lock()
		res = x.response
		x.mu.Unlock()
	}
	if res == nil {
		return fmt.Errorf("%w: this request's response cannot be held", ErrCapture)
	}
	res.hold()
	return nil
}
