package cluster_test

import (
	"net"
	"sync"
	"testing"
)

// link is the network between one node and its engine: a TCP proxy that can be
// made deaf in one direction or both, as when packets are dropped, and that can
// cut what is connected. What was held goes on when a direction is free again,
// as the kernel sends again.
type link struct {
	listener net.Listener
	target   string
	up, down *gate // to the engine, to the node
	closed   chan struct{}
	running  sync.WaitGroup

	mu    sync.Mutex // guards the field below
	conns map[net.Conn]struct{}
}

// newLink makes a link to target. It ends with the test.
func newLink(t testing.TB, target string) *link {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &link{
		listener: listener, target: target, up: newGate(), down: newGate(),
		closed: make(chan struct{}), conns: make(map[net.Conn]struct{}),
	}
	l.running.Go(l.accept) // ended by close, which waits
	t.Cleanup(l.close)
	return l
}

func (l *link) addr() string { return l.listener.Addr().String() }

// hold drops what goes in the directions, from now on.
func (l *link) hold(directions ...*gate) {
	for _, g := range directions {
		g.shut()
	}
}

// heal lets everything pass again.
func (l *link) heal() {
	l.up.free()
	l.down.free()
}

// cut ends all connections. New ones may be made at once.
func (l *link) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.conns {
		c.Close()
	}
}

func (l *link) close() {
	close(l.closed)
	l.listener.Close()
	l.cut()
	l.running.Wait()
}

func (l *link) accept() {
	for {
		near, err := l.listener.Accept()
		if err != nil {
			return
		}
		l.running.Go(func() { l.carry(near) }) // ended by close, which waits
	}
}

// carry serves one connection.
func (l *link) carry(near net.Conn) {
	defer near.Close()
	far, err := net.Dial("tcp", l.target)
	if err != nil {
		return
	}
	defer far.Close()
	if !l.note(near, far) {
		return
	}
	defer l.forget(near, far)
	var back sync.WaitGroup
	back.Go(func() { l.pass(near, far, l.down) }) // ends with the connection
	l.pass(far, near, l.up)
	back.Wait()
}

// pass copies until one side ends, and then ends both, when the gate is open.
func (l *link) pass(to, from net.Conn, g *gate) {
	defer to.Close()
	defer from.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if !g.wait(l.closed) {
			return
		}
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func (l *link) note(conns ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range conns {
		l.conns[c] = struct{}{}
	}
	select {
	case <-l.closed:
		return false
	default:
		return true
	}
}

func (l *link) forget(conns ...net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range conns {
		delete(l.conns, c)
	}
}

// gate is one direction of a link.
type gate struct {
	mu   sync.Mutex    // guards the field below
	open chan struct{} // closed while the direction is free
}

func newGate() *gate {
	g := &gate{open: make(chan struct{})}
	close(g.open)
	return g
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open = make(chan struct{})
}

func (g *gate) free() {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-g.open:
	default:
		close(g.open)
	}
}

// wait waits until the gate is open, or reports false when the link is closed.
func (g *gate) wait(closed <-chan struct{}) bool {
	g.mu.Lock()
	open := g.open
	g.mu.Unlock()
	select {
	case <-open:
		return true
	case <-closed:
		return false
	}
}
