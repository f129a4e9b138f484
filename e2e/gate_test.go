package e2e_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// gate stands before the streams of a server and decides, request by request,
// what becomes of them: what networks, proxies and broken servers do to a
// stream. A new gate lets all pass. It is safe for concurrent use.
type gate struct {
	path string // of the streams; others pass untouched

	mu    sync.Mutex // guards the fields below
	next  []ruling   // of the requests to come, one each
	rule  ruling     // of those behind them; nil: pass
	open  map[*passage]struct{}
	moved chan struct{} // closed and made anew when a passage begins or ends
}

// ruling answers one request for a stream, by pass if the server shall.
type ruling func(w http.ResponseWriter, r *http.Request, pass http.Handler)

func newGate(path string) *gate {
	return &gate{path: path, open: make(map[*passage]struct{}), moved: make(chan struct{})}
}

// set makes rule answer all requests to come. Nil lets them pass.
func (g *gate) set(rule ruling) { g.script(rule) }

// script makes each of next answer one request to come, and rule those behind.
func (g *gate) script(rule ruling, next ...ruling) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.next, g.rule = next, rule
}

// ruling takes the ruling for one request.
func (g *gate) ruling() ruling {
	g.mu.Lock()
	defer g.mu.Unlock()
	rule := g.rule
	if len(g.next) > 0 {
		rule, g.next = g.next[0], g.next[1:]
	}
	if rule == nil {
		return func(w http.ResponseWriter, r *http.Request, pass http.Handler) { pass.ServeHTTP(w, r) }
	}
	return rule
}

// guard returns server behind the gate. Its http.Server needs connContext.
func (g *gate) guard(server http.Handler) http.Handler {
	pass := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { g.pass(w, r, server) })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != g.path {
			server.ServeHTTP(w, r)
			return
		}
		g.ruling()(w, r, pass)
	})
}

func (g *gate) pass(w http.ResponseWriter, r *http.Request, server http.Handler) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	p := &passage{ResponseWriter: w, conn: connOf(r), cancel: cancel}
	g.move(func() { g.open[p] = struct{}{} })
	defer g.move(func() { delete(g.open, p) })
	server.ServeHTTP(p, r.WithContext(ctx))
}

func (g *gate) move(f func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	f()
	close(g.moved)
	g.moved = make(chan struct{})
}

// passages returns the streams that are open.
func (g *gate) passages() []*passage {
	g.mu.Lock()
	defer g.mu.Unlock()
	var list []*passage
	for p := range g.open {
		list = append(list, p)
	}
	return list
}

// cut resets the connections of all open streams (TCP RST) and returns when
// the server has noticed.
func (g *gate) cut(t *testing.T) { t.Helper(); g.finish(t, (*passage).reset) }

// end ends all open streams as a server does that has no more to say.
func (g *gate) end(t *testing.T) { t.Helper(); g.finish(t, func(p *passage) { p.cancel() }) }

// silence makes the server's words go nowhere on all open streams, while their
// connections stay: the other end is half open.
func (g *gate) silence() {
	for _, p := range g.passages() {
		p.silent.Store(true)
	}
}

// finish does f to all open streams and waits until they have ended.
func (g *gate) finish(t *testing.T, f func(*passage)) {
	t.Helper()
	list := g.passages()
	for _, p := range list {
		f(p)
	}
	g.await(t, "the streams end", func(open map[*passage]struct{}) bool {
		for _, p := range list {
			if _, ok := open[p]; ok {
				return false
			}
		}
		return true
	})
}

// awaitOpen waits until n streams are open.
func (g *gate) awaitOpen(t *testing.T, n int) {
	t.Helper()
	g.await(t, "streams open", func(open map[*passage]struct{}) bool { return len(open) == n })
}

// await waits until holds, which is called with mu held, does.
func (g *gate) await(t *testing.T, what string, holds func(open map[*passage]struct{}) bool) {
	t.Helper()
	deadline := time.After(patience)
	for {
		g.mu.Lock()
		done, moved, n := holds(g.open), g.moved, len(g.open)
		g.mu.Unlock()
		if done {
			return
		}
		select {
		case <-moved:
		case <-deadline:
			t.Fatalf("%s: not within %v; %d are open", what, patience, n)
		}
	}
}

// passage is one stream that was let through.
type passage struct {
	http.ResponseWriter
	conn   net.Conn
	cancel context.CancelFunc
	silent atomic.Bool // what the server writes goes nowhere
}

// reset ends the connection as a crashed machine does: the browser reads an
// error, not an end.
func (p *passage) reset() { reset(p.conn) }

func (p *passage) Write(b []byte) (int, error) {
	if p.silent.Load() {
		return len(b), nil
	}
	return p.ResponseWriter.Write(b)
}

func (p *passage) FlushError() error {
	if p.silent.Load() {
		return nil
	}
	return http.NewResponseController(p.ResponseWriter).Flush()
}

// Unwrap lets http.ResponseController set deadlines.
func (p *passage) Unwrap() http.ResponseWriter { return p.ResponseWriter }

// Rulings.

// refuseWith answers with code and a line of text.
func refuseWith(code int) ruling {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.WriteHeader(code)
		if code != http.StatusNoContent {
			io.WriteString(w, "refused\n")
		}
	}
}

// content answers 200 with a body of another type.
func content(mime, body string) ruling {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", mime)
		io.WriteString(w, body)
	}
}

// toLogin redirects to the page /login, as authentication middleware does.
func toLogin(w http.ResponseWriter, r *http.Request, _ http.Handler) {
	http.Redirect(w, r, "/login", http.StatusFound)
}

// hangUp resets the connection instead of an answer.
func hangUp(_ http.ResponseWriter, r *http.Request, _ http.Handler) { reset(connOf(r)) }

// hold waits for release, without a word, and then lets the request pass. If
// release stays open it never answers.
func hold(release <-chan struct{}) ruling {
	return func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
		select {
		case <-release:
			pass.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	}
}

// Connections.

type connKey struct{}

// connContext is the ConnContext of a server behind a gate.
func connContext(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

func connOf(r *http.Request) net.Conn {
	c, ok := r.Context().Value(connKey{}).(net.Conn)
	if !ok {
		panic("the server of a gate needs connContext")
	}
	return c
}

// reset makes the kernel answer with RST: nothing lingers.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	c.Close()
}
