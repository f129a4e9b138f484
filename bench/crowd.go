package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// readMost is how much a client reads at once. It holds the messages of the
// phase with the most of them on their way, and is paid for once per client.
const readMost = 16 << 10

// crowd is the clients of a turn: a goroutine each, which reads and counts, and
// parses nothing beyond that, so that the load leaves the machine to the
// server.
type crowd struct {
	ctx    context.Context // ended by close
	cancel context.CancelFunc
	conns  []net.Conn
	flight atomic.Pointer[flight] // what arrivals are counted for
	failed chan error             // the first client that broke off
	done   sync.WaitGroup         // the clients' goroutines
}

// gather opens n streams. When ctx ends, they are closed. The caller must call
// close, which waits for them.
func gather(ctx context.Context, addr string, n int) (*crowd, error) {
	c := &crowd{failed: make(chan error, 1)}
	c.ctx, c.cancel = context.WithCancel(ctx)
	c.flight.Store(newFlight(0))
	for i := range n {
		conn, err := connect(c.ctx, addr, userOf(i))
		if err != nil {
			c.close()
			return nil, fmt.Errorf("client %d of %d: %w", i+1, n, err)
		}
		c.conns = append(c.conns, conn)
		c.done.Add(1)
		go c.read(conn) // owned by c, ends when conn is closed, close waits
	}
	return c, nil
}

// close closes all streams.
func (c *crowd) close() {
	c.cancel()
	for _, conn := range c.conns {
		conn.Close()
	}
	c.done.Wait()
}

// connect opens the stream of a user and reads the head of the response.
func connect(ctx context.Context, addr, user string) (net.Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	fmt.Fprintf(conn, "GET /?user=%s HTTP/1.1\r\nHost: %s\r\n\r\n", user, addr) // the read finds what is wrong
	head := make([]byte, 0, 4<<10)
	for !bytes.Contains(head, []byte("\r\n\r\n")) {
		n, err := conn.Read(head[len(head):cap(head)])
		if err != nil {
			conn.Close()
			return nil, fmt.Errorf("read the head of the response: %w", err)
		}
		head = head[:len(head)+n]
	}
	if !bytes.HasPrefix(head, []byte("HTTP/1.1 200 ")) {
		conn.Close()
		line, _, _ := bytes.Cut(head, []byte("\r\n"))
		return nil, fmt.Errorf("the response is %q, want 200", line)
	}
	conn.SetDeadline(time.Time{})
	return conn, nil
}

// read counts what arrives at conn until it is closed.
func (c *crowd) read(conn net.Conn) {
	defer c.done.Done()
	stop := context.AfterFunc(c.ctx, func() { conn.Close() })
	defer stop()
	buf := make([]byte, readMost)
	var f *flight
	next := 0 // the number of the message that f expects
	for {
		n, err := conn.Read(buf)
		if err != nil {
			if c.ctx.Err() == nil {
				c.fail(fmt.Errorf("a stream ended: %w", err))
			}
			return
		}
		if now := c.flight.Load(); now != f {
			f, next = now, 0
		}
		messages := bytes.Count(buf[:n], marker)
		if messages > 0 && f.followers == 0 {
			c.fail(errors.New("a message arrived that was not sent"))
			return
		}
		f.bytes.Add(int64(n))
		f.arrived(next, messages)
		next += messages
	}
}

func (c *crowd) fail(err error) {
	select {
	case c.failed <- err:
	default: // another one was first
	}
}

// fly counts what send makes the server send, see flight.run.
func (c *crowd) fly(ctx context.Context, followers, out int, d time.Duration, send func(n int) error) (flown, error) {
	f := newFlight(followers)
	c.flight.Store(f)
	return f.run(ctx, out, d, send, c.failed)
}
