package htmxrt

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"
)

// stream writes the log to one client, in the goroutine of its request.
type stream struct {
	hub    *Hub
	client *Client
	sink   *sink
	at     *place // all up to here was written, or was not for this client

	ended *control // the last event, set before it is written

	beat, check, end time.Time // when each is due; check zero: never
}

var errEnded = errors.New("ended")

// run writes until the stream ends: by a write that fails, by ctx, or by an
// event that says why.
func (s *stream) run(ctx context.Context, o opening, reset error) {
	s.schedule(time.Now())
	s.sink.open()
	b := appendOpen(nil, s.at, o)
	if reset != nil {
		b = appendReset(b, s.at, reset)
		s.hub.counts.resets.Add(1)
	}
	if s.write(b) != nil {
		return
	}
	timer := time.NewTimer(time.Until(s.due()))
	defer timer.Stop()
	batch := make([]*message, 0, pendingMax)
	for {
		t := s.client.take(batch[:0], s.at.pos, s.hub.window)
		if s.deliver(t) != nil {
			return
		}
		clear(t.batch)
		if t.more {
			continue
		}
		select {
		case <-s.client.wake:
		case <-ctx.Done():
			return
		case <-timer.C:
			if s.timed(ctx, time.Now()) != nil {
				return
			}
			timer.Reset(time.Until(s.due()))
		}
	}
}

// schedule sets when the stream is checked and when it ends, spread so that
// streams that began together do not do it together.
func (s *stream) schedule(now time.Time) {
	o := &s.hub.opts
	s.beat = now.Add(o.Heartbeat)
	s.end = now.Add(o.MaxAge - rand.N(o.MaxAge/5+1))
	s.scheduleCheck(now, o.Revalidate-o.Revalidate/10+rand.N(o.Revalidate/5+1))
}

// scheduleCheck sets the next check: after a while, or when the session expires
// if that is earlier. Behind that moment the session was prolonged.
func (s *stream) scheduleCheck(now time.Time, after time.Duration) {
	session := &s.client.session
	s.check = time.Time{}
	if session.Check != nil || s.hub.opts.Authorize != nil {
		s.check = now.Add(after)
	}
	if e := session.Expires; e.After(now) && (s.check.IsZero() || e.Before(s.check)) {
		s.check = e
	}
}

// due is when timed has to be called next. Traffic moves beat without moving
// the timer, which then fires early once: cheaper than moving it every time.
func (s *stream) due() time.Time {
	due := s.beat
	if s.end.Before(due) {
		due = s.end
	}
	if !s.check.IsZero() && s.check.Before(due) {
		due = s.check
	}
	return due
}

// timed does what is due.
func (s *stream) timed(ctx context.Context, now time.Time) error {
	if !s.check.IsZero() && !now.Before(s.check) {
		if end := s.hub.revalidate(ctx, s.client); end != nil {
			return s.finish(end)
		}
		s.scheduleCheck(now, s.hub.opts.Revalidate)
	}
	if !now.Before(s.end) {
		return s.finish(byeAge)
	}
	if !now.Before(s.beat) {
		return s.heartbeat()
	}
	return nil
}

// heartbeat writes the newest cursor, so that a quiet stream does not fall
// behind the log. The head is loaded before the client is asked: all up to it
// was offered then, and nothing of it is pending.
func (s *stream) heartbeat() error {
	head := s.hub.head.Load()
	if s.client.idle() && head.log == s.at.log && head.pos.Compare(s.at.pos) > 0 {
		s.at = head
	}
	return s.write(appendEvent(nil, s.at.cursor(), eventBeat, nil))
}

// deliver writes what was taken.
func (s *stream) deliver(t taken) error {
	if t.reset != nil {
		s.at = s.hub.window.newest()
		s.hub.counts.resets.Add(1)
		return s.write(appendReset(nil, s.at, t.reset))
	}
	if len(t.batch) > 0 {
		last := &t.batch[len(t.batch)-1].place
		batch := s.kept(t.batch)
		s.at = last
		if err := s.writeAll(batch); err != nil {
			return err
		}
	}
	if t.ending != nil {
		return s.finish(t.ending)
	}
	return nil
}

// writeAll writes messages with one write and one flush where they are few
// bytes, and one by one, without a copy, where they are many.
func (s *stream) writeAll(batch []*message) error {
	total := 0
	for _, m := range batch {
		total += len(m.bytes())
	}
	if len(batch) < 2 || total > joinedMax {
		for _, m := range batch { // the same bytes for all clients
			if err := s.write(m.bytes()); err != nil {
				return err
			}
		}
		return nil
	}
	b := joined.Get().(*[]byte)
	defer joined.Put(b)
	*b = (*b)[:0]
	for _, m := range batch {
		*b = append(*b, m.bytes()...)
	}
	return s.write(*b)
}

// joined holds buffers, of at most joinedMax bytes, in which frames are joined.
var joined = sync.Pool{New: func() any { return new([]byte) }}

const joinedMax = 64 << 10

// kept returns the messages that the client may receive, in the place of batch.
// Those that came live passed the audience before; replayed ones pass it here.
func (s *stream) kept(batch []*message) []*message {
	kept := batch[:0]
	for _, m := range batch {
		if !m.audience.admits(s.client) || !s.client.Follows(m.topic) {
			continue
		}
		ok, err := m.keeps(s.client)
		if err != nil {
			s.hub.log.Error("htmxrt: a message was kept from a client", "err", err)
		}
		if ok {
			kept = append(kept, m)
		}
	}
	s.hub.counts.written.Add(uint64(len(kept)))
	return kept
}

// finish writes the stream's last event.
func (s *stream) finish(e *control) error {
	s.ended = e
	if err := s.write(e.append(nil)); err != nil {
		return err
	}
	return errEnded
}

func (s *stream) write(b []byte) error {
	now := time.Now()
	s.beat = now.Add(s.hub.opts.Heartbeat)
	return s.sink.write(now, b)
}

// resetReason is what a reset tells the page.
func resetReason(err error) string {
	switch {
	case errors.Is(err, errTrimmed):
		return "trimmed"
	case errors.Is(err, errRewound), errors.Is(err, ErrLogLost):
		return "rewound"
	case errors.Is(err, errAhead):
		return "ahead"
	}
	return "cursor"
}
