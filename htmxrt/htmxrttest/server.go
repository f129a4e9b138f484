package htmxrttest

import (
	"context"
	"errors"
	"log"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// requestHeader tells the server which request of this process it serves. The
// handler does not see it.
const requestHeader = "Htmxrttest-Request"

// Server is a net/http server over connections in memory. Its methods are safe
// for concurrent use; what goes wrong in them ends the test.
type Server struct {
	// URL is the base of all paths: http://htmxrt.test.
	URL string

	tb      testing.TB
	handler http.Handler
	server  *http.Server
	client  *http.Client
	dialer  *http.Transport
	served  chan struct{} // closed when Serve has returned

	mu       sync.Mutex // guards the fields below
	requests map[string]*request
	number   int
	running  int           // handlers
	changed  chan struct{} // closed when a handler returns, then replaced
}

// NewServer serves h until tb ends. Then it closes all connections, which ends
// the requests' contexts, and waits for the handlers; one that does not return
// fails tb. configure may set timeouts of the server.
func NewServer(tb testing.TB, h http.Handler, configure ...func(*http.Server)) *Server {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	l := newListener()
	s := &Server{
		URL:      "http://htmxrt.test",
		tb:       tb,
		handler:  h,
		dialer:   &http.Transport{DialContext: l.dial},
		served:   make(chan struct{}),
		requests: make(map[string]*request),
		changed:  make(chan struct{}),
	}
	s.client = &http.Client{Transport: s.dialer}
	s.server = &http.Server{
		Handler:     http.HandlerFunc(s.handle),
		ErrorLog:    log.New(tb.Output(), "", 0),
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	for _, f := range configure {
		f(s.server)
	}
	go func() { // ended by the cleanup, which waits for served
		defer close(s.served)
		if err := s.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			tb.Errorf("htmxrttest: serve: %v", err)
		}
	}()
	tb.Cleanup(func() { s.close(cancel) })
	return s
}

func (s *Server) close(cancel context.CancelFunc) {
	s.tb.Helper()
	cancel()
	if err := s.server.Close(); err != nil {
		s.tb.Errorf("htmxrttest: close the server: %v", err)
	}
	<-s.served
	s.dialer.CloseIdleConnections()
	if !s.await(func() bool { return s.running == 0 }) {
		s.tb.Errorf("htmxrttest: a handler has not returned %v after its connection was closed", guard())
	}
}

// Client returns a client of this server, the same at each call. Open, Get and
// Post use it too, and its Jar, if one is set.
func (s *Server) Client() *http.Client { return s.client }

// CloseIdle closes connections that no request uses.
func (s *Server) CloseIdle() { s.dialer.CloseIdleConnections() }

// Get requests path and returns the answer, whose body the caller must close.
// It does not follow redirects.
func (s *Server) Get(path string, opts ...OpenOption) *http.Response {
	s.tb.Helper()
	return s.answer(newRequest(opts), path)
}

// Post is Get with the method POST.
func (s *Server) Post(path string, opts ...OpenOption) *http.Response {
	s.tb.Helper()
	r := newRequest(opts)
	r.method = http.MethodPost
	return s.answer(r, path)
}

// Abort is Post for a handler that panics: it must end without an answer.
func (s *Server) Abort(path string, opts ...OpenOption) {
	s.tb.Helper()
	r := newRequest(opts)
	r.method = http.MethodPost
	ctx, cancel := context.WithTimeout(r.ctx, guard())
	defer cancel()
	if res, err := s.do(ctx, r, path); err == nil {
		res.Body.Close()
		s.tb.Fatalf("htmxrttest: POST %s was answered with %s, want no answer", path, res.Status)
	}
	s.awaitEnd(r, path)
}

func (s *Server) answer(r *request, path string) *http.Response {
	s.tb.Helper()
	ctx, cancel := context.WithTimeout(r.ctx, guard())
	s.tb.Cleanup(cancel)
	res, err := s.do(ctx, r, path)
	if err != nil {
		s.tb.Fatalf("htmxrttest: %v", err)
	}
	return res
}

// do sends r and returns as soon as there is the head of the answer.
func (s *Server) do(ctx context.Context, r *request, path string) (*http.Response, error) {
	u, err := url.Parse(s.URL + path)
	if err != nil {
		return nil, err
	}
	if len(r.query) > 0 {
		query := u.Query()
		for name, values := range r.query {
			query[name] = values
		}
		u.RawQuery = query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, u.String(), r.body)
	if err != nil {
		return nil, err
	}
	req.Header = r.header.Clone()
	req.Header.Set(requestHeader, s.expect(r))
	client := *s.client
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return client.Do(req)
}

// expect notes r for the handler and returns its number.
func (s *Server) expect(r *request) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.number++
	key := strconv.Itoa(s.number)
	s.requests[key] = r
	return key
}

// handle serves a request as the identity that its sender gave it.
func (s *Server) handle(w http.ResponseWriter, req *http.Request) {
	r := s.begin(req.Header.Get(requestHeader))
	req.Header.Del(requestHeader)
	defer s.end(r)
	defer s.report(req)
	ctx := req.Context()
	if r != nil && r.known {
		ctx = htmxrt.WithIdentity(ctx, r.who)
	}
	if r != nil && r.session != nil {
		ctx = htmxrt.WithSession(ctx, *r.session)
	}
	s.handler.ServeHTTP(w, req.WithContext(ctx))
}

func (s *Server) begin(key string) *request {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running++
	r := s.requests[key]
	delete(s.requests, key)
	return r
}

func (s *Server) end(r *request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r != nil {
		close(r.ended)
	}
	s.running--
	close(s.changed)
	s.changed = make(chan struct{})
}

// report logs a panic of the handler while the test still runs, and lets the
// server close the connection without another word.
func (s *Server) report(req *http.Request) {
	switch p := recover(); p {
	case nil:
	case http.ErrAbortHandler:
		panic(p)
	default:
		s.tb.Logf("htmxrttest: %s %s panicked: %v\n%s", req.Method, req.URL.Path, p, debug.Stack())
		panic(http.ErrAbortHandler)
	}
}

// AwaitStreams waits until hub, whose handlers this server serves, has n open
// streams: those of browsers that have gone end a little later.
func (s *Server) AwaitStreams(hub *htmxrt.Hub, n int) {
	s.tb.Helper()
	if !s.await(func() bool { return hub.Stats().Streams == n }) {
		s.tb.Fatalf("htmxrttest: the hub has %d streams open, want %d", hub.Stats().Streams, n)
	}
}

// await waits until a condition holds that can come true when a handler
// returns, and reports whether it did in time. It calls holds with s.mu held.
func (s *Server) await(holds func() bool) bool {
	timer := time.NewTimer(guard())
	defer timer.Stop()
	for {
		s.mu.Lock()
		held, changed := holds(), s.changed
		s.mu.Unlock()
		if held {
			return true
		}
		select {
		case <-changed:
		case <-timer.C:
			return false
		}
	}
}

// awaitEnd waits until the handler of r has returned.
func (s *Server) awaitEnd(r *request, path string) {
	s.tb.Helper()
	timer := time.NewTimer(guard())
	defer timer.Stop()
	select {
	case <-r.ended:
	case <-timer.C:
		s.tb.Errorf("htmxrttest: the handler of %s has not returned after %v", path, guard())
	}
}
