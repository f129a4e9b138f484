package redis

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/redis/rueidis"
)

const (
	// A read asks for so many entries at most; for fewer when they are so large
	// that an answer has more bytes than this, and when no answer comes, which
	// may be because it is larger than the server or the network bear.
	readCount = 500
	readBytes = 8 << 20
	readFirst = 32 // what is not known yet may be large
)

// Follow delivers from its caller's goroutine. While the server is away it tries
// again, after 50 ms at first and every 5 s later on, until ctx ends. Every
// read proves that the log is the one that State told last and still holds what
// follows the position, so a server that was wiped or restored from a copy ends
// it with htmxrt.ErrLogLost within 10 s of being reached again.
func (b *Broker) Follow(ctx context.Context, after htmxrt.Position, deliver func(htmxrt.Position, htmxrt.Entry) error) error {
	f := b.follower(after)
	pause := b.timing.retryMin
	away := false
	for wait := false; ; wait = !away {
		records, err := f.read(ctx, wait)
		if err == nil && away {
			b.log.Info("redis: following the log again", "server", b.opts.server())
			away, pause = false, b.timing.retryMin
		}
		switch {
		case err == nil:
		case context.Cause(b.life) != nil:
			return context.Cause(b.life)
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, htmxrt.ErrLogLost), errors.Is(err, htmxrt.ErrTrimmed):
			return err
		default:
			if !away {
				b.log.Warn("redis: cannot follow the log, will try on", "err", b.explain(err))
			}
			away = true
			if err := b.sleep(ctx, pause/2+rand.N(pause/2)); err != nil {
				return err
			}
			pause = min(2*pause, b.timing.retryMax)
			continue
		}
		for _, r := range records {
			if b.life.Err() != nil {
				return context.Cause(b.life)
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := deliver(r.place, r.entry); err != nil {
				return err
			}
			f.pass(r)
		}
		f.trim(ctx)
	}
}

// follower returns a follower at a position of the log as it is known.
func (b *Broker) follower(after htmxrt.Position) *follower {
	b.mu.Lock()
	defer b.mu.Unlock()
	f := &follower{b: b, log: b.logID, after: after, bare: after == htmxrt.Position{}, count: readFirst}
	if b.mark.log == f.log && b.mark.place == after {
		f.id, f.known = b.mark.id, !f.bare
	}
	return f
}

// read returns the next entries, all that were there next to each other. With
// wait it waits for them, but not for ever: it may return none.
func (f *follower) read(ctx context.Context, wait bool) ([]record, error) {
	most := f.b.timing.patience
	args := []string{"COUNT", strconv.Itoa(f.count)}
	if wait {
		most += f.b.timing.block
		args = append(args, "BLOCK", strconv.FormatInt(f.b.timing.block.Milliseconds(), 10))
	}
	c, done := f.b.call(ctx, most)
	defer done()
	read := f.b.client.B().Arbitrary("XREAD").Args(append(args, "STREAMS")...).
		Keys(f.b.key).Args(formatPlace(f.after)).Blocking()
	// The proof is executed after the read, and so holds for it.
	answers, err := f.b.do(c, append([]rueidis.Completed{read}, f.proof()...)...)
	if err != nil {
		f.count = max(1, f.count/4)
		return nil, err
	}
	if err := f.check(c, answers[1:]); err != nil {
		return nil, err
	}
	streams, err := answers[0].AsXReadSlices()
	if err != nil && !rueidis.IsRedisNil(err) {
		return nil, err
	}
	records, err := readRecords(streams[f.b.key])
	f.adapt(records)
	return records, err
}

// adapt sets how many entries the next read asks for.
func (f *follower) adapt(records []record) {
	size := 0
	for _, r := range records {
		size += len(r.entry.Data)
	}
	if size > readBytes {
		f.count = max(1, len(records)*readBytes/size)
	} else {
		f.count = min(2*f.count, readCount)
	}
}

// pass moves the follower behind an entry that was delivered. The broker
// remembers the newest, so that a further Follow from there finds whether
// another entry has taken its place.
func (f *follower) pass(r record) {
	f.after, f.id, f.known, f.bare = r.place, r.entry.ID, true, false
	b := f.b
	b.has(f.log, r.place)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.mark.log != f.log || r.place.Compare(b.mark.place) >= 0 {
		b.mark = mark{log: f.log, place: r.place, id: r.entry.ID}
	}
}

// sleep waits, or returns why it must not.
func (b *Broker) sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-b.life.Done():
		return context.Cause(b.life)
	}
}
