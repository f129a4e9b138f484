package htmxrt

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"time"
)

// MemoryBroker is a Broker for one process. Its log ends with the process; a
// new one has another log ID, so that clients with old cursors are reset.
type MemoryBroker struct {
	id      string
	bounds  Window
	changed signal // entries were appended, or Close was called
	room    signal // a follower has read, or has gone

	mu        sync.Mutex // guards the fields below
	log       queue[memoryEntry]
	last      memoryMark // of the newest entry
	base      memoryMark // of the newest entry trimmed
	followers map[*memoryMark]struct{}
	closed    bool
}

type memoryEntry struct {
	Entry
	mark memoryMark
	at   time.Time
}

// memoryMark is a place in the log: so many entries, and so many bytes of data,
// come up to it.
type memoryMark struct {
	seq   uint64
	bytes int
}

var _ Broker = (*MemoryBroker)(nil)

// NewMemoryBroker returns an empty log that keeps at most what bounds says. It
// panics if bounds is out of range.
func NewMemoryBroker(bounds Window) *MemoryBroker {
	bounds, err := bounds.complete()
	if err != nil {
		panic(err)
	}
	return &MemoryBroker{id: rand.Text(), bounds: bounds, followers: make(map[*memoryMark]struct{})}
}

// Publish appends entries. While a follower is behind by all that the bounds
// keep, Publish waits for it, for as long as ctx lasts: what follows the log is
// never slowed down by browsers.
func (b *MemoryBroker) Publish(ctx context.Context, entries ...Entry) (Position, error) {
	for {
		room := b.room.wait()
		last, ok, err := b.append(entries)
		if ok || err != nil {
			return last, err
		}
		select {
		case <-room:
		case <-ctx.Done():
			return Position{}, fmt.Errorf("a follower is behind by all that is kept: %w", ctx.Err())
		}
	}
}

// append reports whether there was room for entries.
func (b *MemoryBroker) append(entries []Entry) (last Position, ok bool, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return Position{}, false, ErrClosed
	}
	size := 0
	for _, e := range entries {
		size += len(e.Data)
	}
	read := b.readByAll()
	unread := int(b.last.seq - read.seq)
	if unread > 0 && (unread+len(entries) > b.bounds.Count || b.last.bytes-read.bytes+size > b.bounds.Bytes) {
		return Position{}, false, nil
	}
	now := time.Now()
	for _, e := range entries {
		b.last.seq++
		b.last.bytes += len(e.Data)
		b.log.push(memoryEntry{Entry: e, mark: b.last, at: now})
	}
	b.trim(now, read)
	b.changed.raise()
	return Position{Lo: b.last.seq}, true, nil
}

// readByAll returns up to where every follower has read. b.mu is held.
func (b *MemoryBroker) readByAll() memoryMark {
	read := b.last
	for f := range b.followers {
		if f.seq < read.seq {
			read = *f
		}
	}
	return read
}

// trim drops the oldest entries, of those that all followers have read, until
// the rest is within bounds. b.mu is held.
func (b *MemoryBroker) trim(now time.Time, read memoryMark) {
	for b.log.len() > 0 {
		oldest := b.log.at(0)
		within := b.log.len() <= b.bounds.Count && b.last.bytes-b.base.bytes <= b.bounds.Bytes &&
			now.Sub(oldest.at) <= b.bounds.Age
		if within || len(b.followers) > 0 && oldest.mark.seq > read.seq {
			return
		}
		b.base = oldest.mark
		b.log.pop()
	}
}

// Follow delivers from its caller's goroutine.
func (b *MemoryBroker) Follow(ctx context.Context, after Position, deliver func(Position, Entry) error) error {
	at, err := b.enter(after)
	if err != nil {
		return err
	}
	defer b.leave(at)
	const batchMax = 256 // entries copied under the lock at once
	batch := make([]memoryEntry, 0, batchMax)
	for {
		changed := b.changed.wait()
		if batch, err = b.read(batch[:0], at); err != nil {
			return err
		}
		for _, e := range batch {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := deliver(Position{Lo: e.mark.seq}, e.Entry); err != nil {
				return err
			}
		}
		clear(batch)
		if len(batch) > 0 {
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// enter registers a follower that has read up to a position.
func (b *MemoryBroker) enter(after Position) (*memoryMark, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed:
		return nil, ErrClosed
	case after.Hi != 0 || after.Lo > b.last.seq:
		return nil, fmt.Errorf("%w: position %v is after the last, %d", ErrLogLost, after, b.last.seq)
	case after.Lo < b.base.seq:
		return nil, fmt.Errorf("%w: position %v is before %d, up to which all is gone", ErrTrimmed, after, b.base.seq)
	}
	at := &memoryMark{seq: after.Lo, bytes: b.base.bytes}
	if i := int(after.Lo - b.base.seq); i > 0 {
		*at = b.log.at(i - 1).mark
	}
	b.followers[at] = struct{}{}
	return at, nil
}

func (b *MemoryBroker) leave(at *memoryMark) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.followers, at)
	b.room.raise()
}

// read appends to batch, up to its capacity, the entries after at, and moves at
// behind them.
func (b *MemoryBroker) read(batch []memoryEntry, at *memoryMark) ([]memoryEntry, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, ErrClosed
	}
	for i := int(at.seq - b.base.seq); i < b.log.len() && len(batch) < cap(batch); i++ {
		batch = append(batch, b.log.at(i))
	}
	if len(batch) > 0 {
		*at = batch[len(batch)-1].mark
		b.room.raise()
	}
	return batch, nil
}

// State never fails before Close.
func (b *MemoryBroker) State(context.Context) (LogState, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return LogState{}, ErrClosed
	}
	s := LogState{ID: b.id, Last: Position{Lo: b.last.seq}, Base: Position{Lo: b.base.seq}}
	if b.log.len() > 0 {
		s.First = Position{Lo: b.log.at(0).mark.seq}
	}
	return s, nil
}

// Close ends all calls with ErrClosed.
func (b *MemoryBroker) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	b.changed.raise()
	b.room.raise()
	return nil
}
