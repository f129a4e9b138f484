package redis

import (
	"net"
	"sync"
	"testing"
)

// proxy stands between brokers and a server.
type proxy struct {
	listener net.Listener
	running  sync.WaitGroup

	mu    sync.Mutex // guards the fields below
	links map[*link]struct{}
	deaf  bool // new ones too
}

// link is one connection. What the server sends over a deaf one is lost, and what
// the client sends over a mute one.
type link struct {
	client, server net.Conn
	deaf, mute     bool // guarded by proxy.mu
}

// newProxy starts a proxy in front of a server. It ends with the test.
func newProxy(t *testing.T, s *server) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: listener, links: make(map[*link]struct{})}
	p.running.Go(func() { // ended by the cleanup, which waits
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", s.addr())
			if err != nil {
				client.Close()
				continue
			}
			p.carry(&link{client: client, server: server})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		p.cut()
		p.running.Wait()
	})
	return p
}

func (p *proxy) url() string { return "redis://" + p.listener.Addr().String() }

func (p *proxy) carry(l *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.links[l] = struct{}{}
	l.deaf = p.deaf
	p.running.Go(func() { p.pipe(l.client, l.server, &l.deaf) }) // ends with the connection
	p.running.Go(func() { p.pipe(l.server, l.client, &l.mute) }) // ends with the connection
}

// pipe carries bytes until one side ends, then ends the other. What comes while
// lost is set is lost.
func (p *proxy) pipe(to, from net.Conn, lost *bool) {
	defer to.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		p.mu.Lock()
		drop := *lost
		p.mu.Unlock()
		if drop {
			continue
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

// deafen loses what the server sends over the connections that are open, for
// ever, and over new ones until hear. Neither side is told.
func (p *proxy) deafen() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deaf = true
	for l := range p.links {
		l.deaf = true
	}
}

func (p *proxy) hear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deaf = false
}

// silence makes the connections that are open silent for ever, both ways.
func (p *proxy) silence() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.deaf, l.mute = true, true
	}
}

// cut closes the connections that are open.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.client.Close()
		l.server.Close()
	}
}
