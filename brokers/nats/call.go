package nats

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/htmxrt/htmxrt/htmxrt"
)

const (
	// callTimeout bounds a call that somebody waits for, as the hub does.
	callTimeout = 5 * time.Second
	// attemptMin and attemptMax bound one attempt, the first and later ones: its
	// answer may have been lost with a connection, or take long.
	attemptMin, attemptMax = 500 * time.Millisecond, 2 * time.Second

	delayMin, delayMax = 50 * time.Millisecond, 5 * time.Second
)

// delay returns how long to wait before an attempt, the first one being 1: twice
// as long each time, and half of it at random, so that nodes do not come together.
func delay(attempt int) time.Duration {
	d := delayMax
	if attempt < 8 { // 2^7 times the least is more than the most
		d = min(delayMin<<max(attempt-1, 0), delayMax)
	}
	return d/2 + rand.N(d/2)
}

// call makes attempts until one succeeds, one fails for good, or 5 s are over.
func (b *Broker) call(ctx context.Context, what string, attempt func(context.Context) error) error {
	bound, stop := b.bind(ctx)
	defer stop()
	bound, cancel := context.WithTimeout(bound, callTimeout)
	defer cancel()
	for n := 1; ; n++ {
		err := try(bound, n, attempt)
		if err == nil {
			return nil
		}
		if b.life.Err() != nil {
			return htmxrt.ErrClosed
		}
		if bound.Err() == nil && !transient(err) {
			return fmt.Errorf("nats: %s: %w", what, err)
		}
		select {
		case <-time.After(delay(n)):
		case <-bound.Done():
		}
		if b.life.Err() != nil {
			return htmxrt.ErrClosed
		}
		if ended := bound.Err(); ended != nil {
			return fmt.Errorf("nats: %s: %w, the last answer of %s: %w", what, ended, b.server(), err)
		}
	}
}

// try makes attempt number n, from 1, within its time: twice that of the one before.
func try(ctx context.Context, n int, attempt func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, min(attemptMin<<min(n-1, 8), attemptMax))
	defer cancel()
	return attempt(ctx)
}

// bind returns a context that ends with ctx and with Close.
func (b *Broker) bind(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	if b.life.Err() != nil { // or it would be told a moment later
		cancel()
	}
	stop := context.AfterFunc(b.life, cancel)
	return ctx, func() {
		stop()
		cancel()
	}
}

// transient reports that an error may be gone the next time: the server or the
// connection is away, or the stream is moving or not there yet.
func transient(err error) bool {
	for _, e := range []error{
		context.DeadlineExceeded, nats.ErrTimeout,
		nats.ErrNoResponders, jetstream.ErrNoStreamResponse, jetstream.ErrStreamNotFound, jetstream.ErrMsgNotFound,
		nats.ErrDisconnected, nats.ErrConnectionReconnecting, nats.ErrReconnectBufExceeded, nats.ErrStaleConnection,
	} {
		if errors.Is(err, e) {
			return true
		}
	}
	var answer jetstream.JetStreamError
	return errors.As(err, &answer) && answer.APIError() != nil && answer.APIError().Code >= 500
}
