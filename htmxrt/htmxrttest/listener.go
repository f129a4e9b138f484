package htmxrttest

import (
	"context"
	"net"
	"sync"
)

// listener accepts connections that are made in memory, by net.Pipe: they have
// no buffer and obey deadlines.
type listener struct {
	conns chan net.Conn
	done  chan struct{} // closed by Close
	once  sync.Once
}

func newListener() *listener {
	return &listener{conns: make(chan net.Conn), done: make(chan struct{})}
}

// dial connects, for http.Transport.
func (l *listener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.conns <- peer{server}:
		return client, nil
	case <-l.done:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *listener) Addr() net.Addr { return testAddr }

// peer is the server's end of a connection. It has an address that code which
// looks for the client's can parse, the one that net/http/httptest uses.
type peer struct{ net.Conn }

func (peer) RemoteAddr() net.Addr { return testAddr }

var testAddr = &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 1234} // RFC 5737
