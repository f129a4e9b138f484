package redis

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/redis/rueidis"
)

var (
	errDone    = errors.New("the call has returned")
	errSilence = errors.New("the server does not answer in time")
)

// call returns the context of one call of the server: it ends with ctx and after
// a time. The cause is the error to return; it has no deadline, because with
// one the client would not look at its end. done must be called. Close ends the
// connections, and so the calls.
func (b *Broker) call(ctx context.Context, most time.Duration) (c context.Context, done func()) {
	c, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	unlink := context.AfterFunc(ctx, func() { cancel(context.Cause(ctx)) })
	timer := time.AfterFunc(most, func() { cancel(fmt.Errorf("%w: %v", errSilence, most)) })
	return c, func() {
		unlink()
		timer.Stop()
		cancel(errDone)
	}
}

// cause returns what err comes from: the end of the broker or of a call's
// context if there was one.
func (b *Broker) cause(c context.Context, err error) error {
	if err == nil {
		return nil
	}
	if closed := context.Cause(b.life); closed != nil {
		return closed
	}
	if c.Err() != nil {
		return context.Cause(c)
	}
	if errors.Is(err, context.DeadlineExceeded) { // the client's own, which is no shorter
		return fmt.Errorf("%w: %w", errSilence, err)
	}
	return err
}

// connect makes the client. Every call of it goes over a connection of its own,
// which ends when the call is given up, so that no answer is taken for another
// and nothing waits behind a dead one.
func (b *Broker) connect(ctx context.Context, o rueidis.ClientOption) error {
	o.DisableRetry = true // a write that is sent twice is in the log twice
	o.DisableCache = true
	o.PipelineMultiplex = -1
	o.RingScaleEachConn = 3 // 8 calls; a connection has one
	o.ReadBufferEachConn = 64 << 10
	o.WriteBufferEachConn = 64 << 10
	o.ConnWriteTimeout = b.timing.patience
	o.Dialer.Timeout = b.timing.patience
	o.Dialer.KeepAlive = 5 * time.Second
	o.BlockingPoolCleanup = time.Minute
	o.DialCtxFn = b.dialer(o.DialCtxFn)
	stop := context.AfterFunc(ctx, func() {
		if context.Cause(ctx) != errDone {
			b.end(context.Cause(ctx)) // the client takes no context to connect with
		}
	})
	defer stop()
	client, err := rueidis.NewClient(o)
	if err != nil {
		if client != nil {
			client.Close()
		}
		return err
	}
	b.client = client
	return nil
}

type dialFunc = func(context.Context, string, *net.Dialer, *tls.Config) (net.Conn, error)

// dialer returns a dial function whose connections close with the broker, and
// with the call that they were made for, unless that has returned.
func (b *Broker) dialer(dial dialFunc) dialFunc {
	if dial == nil {
		dial = dialTCP
	}
	return func(ctx context.Context, addr string, d *net.Dialer, t *tls.Config) (net.Conn, error) {
		dialing, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(b.life, cancel)()
		inner, err := dial(dialing, addr, d, t)
		if err != nil {
			return nil, err
		}
		c := &conn{Conn: inner}
		c.unclose = context.AfterFunc(b.life, func() { inner.Close() })
		c.unlink = context.AfterFunc(ctx, func() {
			if context.Cause(ctx) != errDone {
				inner.Close()
			}
		})
		return c, nil
	}
}

func dialTCP(ctx context.Context, addr string, d *net.Dialer, t *tls.Config) (net.Conn, error) {
	if t != nil {
		return (&tls.Dialer{NetDialer: d, Config: t}).DialContext(ctx, "tcp", addr)
	}
	return d.DialContext(ctx, "tcp", addr)
}

type conn struct {
	net.Conn
	unclose, unlink func() bool
}

func (c *conn) Close() error {
	c.unclose()
	c.unlink()
	return c.Conn.Close()
}

// command returns a command on the stream for do; name may be of two words.
func (b *Broker) command(name string, args ...string) rueidis.Completed {
	return b.client.B().Arbitrary(strings.Fields(name)...).Keys(b.key).Args(args...).Blocking()
}

// general returns a command for do that concerns no key.
func (b *Broker) general(words ...string) rueidis.Completed {
	return b.client.B().Arbitrary(words...).Blocking()
}

// do sends commands in one go, on one connection, and returns their answers, or
// an error if there are none.
func (b *Broker) do(c context.Context, commands ...rueidis.Completed) ([]rueidis.RedisResult, error) {
	answers := b.client.DoMulti(c, commands...)
	for _, a := range answers {
		if err := a.NonRedisError(); err != nil {
			return nil, b.cause(c, err)
		}
	}
	return answers, nil
}
