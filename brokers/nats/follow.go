package nats

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// Follow delivers from its caller's goroutine. When the server, the connection or
// the consumer fails, it says so in the log, proves that the log is still the same
// one, and goes on, for as long as ctx lasts: only ErrTrimmed and ErrLogLost end
// it. It finds a consumer to which nothing comes although there is more within 10 s.
func (b *Broker) Follow(ctx context.Context, after htmxrt.Position, deliver func(htmxrt.Position, htmxrt.Entry) error) error {
	bound, stop := b.bind(ctx)
	defer stop()
	status := b.conn.StatusChanged()
	defer b.conn.RemoveStatusListener(status)
	f := &follower{b: b, term: b.knows().term, at: after, deliver: deliver, status: status}
	err := f.run(bound)
	switch {
	case f.refused != nil:
		return f.refused
	case b.life.Err() != nil:
		return htmxrt.ErrClosed
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return fmt.Errorf("nats: follow: %w", err)
}

// proveEvery is how often the log is looked at while messages come, and so how
// late this node learns from another one that it was restored from an older copy.
const proveEvery = 5 * time.Second

// follower is one call of Follow.
type follower struct {
	b       *Broker
	term    int             // of the log that it follows
	at      htmxrt.Position // what was delivered last
	deliver func(htmxrt.Position, htmxrt.Entry) error
	refused error            // what deliver returned
	status  chan nats.Status // the connection's changes
	failed  int              // attempts since a consumer has answered
	proved  time.Time        // when the log was looked at last
}

var (
	errGap          = errors.New("messages are missing")
	errDeaf         = errors.New("the consumer delivers nothing, but there is more")
	errDisconnected = errors.New("disconnected")
)

// run reads until the log is lost or trimmed, deliver fails, or ctx ends.
func (f *follower) run(ctx context.Context) error {
	for {
		err := f.read(ctx)
		if f.refused != nil || ctx.Err() != nil || errors.Is(err, htmxrt.ErrLogLost) || errors.Is(err, htmxrt.ErrTrimmed) {
			return err
		}
		if f.failed++; f.failed == 1 {
			f.b.log.Warn("nats: following is interrupted", "after", f.at, "err", err)
		}
		f.wait(ctx, delay(f.failed))
	}
}

// wait waits for a time, or until the connection is back.
func (f *follower) wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		select {
		case s := <-f.status:
			if s == nats.CONNECTED {
				return
			}
		case <-timer.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// read reads through one consumer until something is wrong with it.
func (f *follower) read(ctx context.Context) error {
	for len(f.status) > 0 {
		<-f.status // what was before the proof below
	}
	var p *pull
	err := f.try(ctx, func(ctx context.Context) (err error) {
		p, err = f.b.pull(ctx, f.at.Hi+1)
		return err
	})
	if err == nil {
		defer p.close()
	}
	// The consumer is made first: one made of another stream would be as good
	// as one of this. If it could not be made, the log may be the reason.
	if proof := f.verify(ctx); err == nil || errors.Is(proof, htmxrt.ErrLogLost) || errors.Is(proof, htmxrt.ErrTrimmed) {
		err = proof
	}
	for err == nil {
		var msg *nats.Msg
		if msg, err = p.next(ctx, f.status); err != nil {
			return err
		}
		f.recovered()
		if msg != nil {
			err = f.take(ctx, msg)
		}
		if err == nil && (msg == nil || time.Since(f.proved) > proveEvery) {
			err = f.check(ctx, msg == nil)
		}
	}
	return err
}

// recovered is called when a consumer has answered.
func (f *follower) recovered() {
	if f.failed > 0 {
		f.b.log.Info("nats: following goes on", "after", f.at, "attempts", f.failed)
		f.failed = 0
	}
}

// try gives an attempt the more time, the more of them have failed.
func (f *follower) try(ctx context.Context, attempt func(context.Context) error) error {
	return try(ctx, f.failed+1, attempt)
}

func (f *follower) verify(ctx context.Context) error {
	return f.try(ctx, func(ctx context.Context) error {
		_, err := f.b.verify(ctx, f.term, f.at)
		f.proved = time.Now()
		return err
	})
}

// check is for a consumer that was silent for long, or has delivered for long:
// then another node may have given the log a new id.
func (f *follower) check(ctx context.Context, silent bool) error {
	return f.try(ctx, func(ctx context.Context) error {
		v, err := f.b.verify(ctx, f.term, f.at)
		f.proved = time.Now()
		if err == nil && silent && v.last > f.at.Hi {
			return errDeaf
		}
		return err
	})
}

// take delivers the entries of a message that come after what was delivered.
func (f *follower) take(ctx context.Context, msg *nats.Msg) error {
	meta, err := msg.Metadata()
	if err != nil {
		return err
	}
	seq := meta.Sequence.Stream
	if seq != f.at.Hi+1 {
		return fmt.Errorf("%w: %d comes after %v", errGap, seq, f.at)
	}
	entries := decode(seq, msg.Data)
	n := len(entries)
	if f.at.Lo > uint64(n-1) {
		return fmt.Errorf("%w: position %v, but message %d has %d entries", htmxrt.ErrLogLost, f.at, seq, n)
	}
	f.b.note(f.term, seq, entries[n-1].ID)
	for i := int(f.at.Lo); i < n; i++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		at := position(seq, i, n)
		if f.refused = f.deliver(at, entries[i]); f.refused != nil {
			return f.refused
		}
		f.at = at
	}
	return nil
}
