package nats_test

import (
	"net"
	"sync"
	"testing"
)

// proxy passes bytes between brokers and a server, until it is told otherwise.
type proxy struct {
	t        *testing.T
	target   string // host and port
	listener net.Listener
	all      sync.WaitGroup // its goroutines

	mu    sync.Mutex // guards the fields below
	links map[*link]struct{}
	open  chan struct{} // closed while bytes pass
	ended bool
}

// link is one connection of a broker.
type link struct {
	down, up net.Conn
	deaf     chan struct{} // closed: what comes is thrown away
}

func newProxy(t *testing.T, target string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{t: t, target: target, listener: l, links: make(map[*link]struct{}), open: make(chan struct{})}
	close(p.open)
	p.all.Go(p.accept) // ends with the listener; close waits
	t.Cleanup(p.close)
	return p
}

func (p *proxy) url() string { return "nats://" + p.listener.Addr().String() }

func (p *proxy) accept() {
	for {
		down, err := p.listener.Accept()
		if err != nil {
			return
		}
		up, err := net.Dial("tcp", p.target)
		if err != nil { // the server is away
			down.Close()
			continue
		}
		l := &link{down: down, up: up, deaf: make(chan struct{})}
		p.mu.Lock()
		if p.ended {
			l.cut()
		}
		p.links[l] = struct{}{}
		p.mu.Unlock()
		p.all.Go(func() { p.pass(l, up, down) }) // both end with their connections
		p.all.Go(func() { p.pass(l, down, up) })
	}
}

// pass copies bytes until one side ends.
func (p *proxy) pass(l *link, to, from net.Conn) {
	defer l.cut()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		p.mu.Lock()
		open := p.open
		p.mu.Unlock()
		<-open
		select {
		case <-l.deaf:
			continue
		default:
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

func (l *link) cut() {
	l.down.Close()
	l.up.Close()
}

// each calls do for all links there are.
func (p *proxy) each(do func(*link)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		do(l)
	}
}

// cut ends all connections.
func (p *proxy) cut() {
	p.each(func(l *link) {
		l.cut()
		delete(p.links, l)
	})
}

// deafen makes all connections silent that are open now.
func (p *proxy) deafen() {
	p.each(func(l *link) {
		select {
		case <-l.deaf:
		default:
			close(l.deaf)
		}
	})
}

// pause makes all connections silent, also new ones, until resume is called.
func (p *proxy) pause() (resume func()) {
	open := make(chan struct{})
	p.mu.Lock()
	p.open = open
	p.mu.Unlock()
	return sync.OnceFunc(func() { close(open) })
}

func (p *proxy) close() {
	p.listener.Close()
	p.mu.Lock()
	p.ended = true
	p.mu.Unlock()
	p.cut()
	p.all.Wait()
}
