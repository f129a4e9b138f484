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
	id     string
	bounds Window

	changed signal

	mu     sync.Mutex // guards the fields below
	log    queue[memoryEntry]
	bytes  int
	last   uint64
	closed bool
}

type memoryEntry struct {
	Entry
	seq uint64
	at  time.Time
}

var _ Broker = (*MemoryBroker)(nil)

// NewMemoryBroker returns an empty log that keeps at most what bounds says. It
// panics if bounds is out of range.
func NewMemoryBroker(bounds Window) *MemoryBroker {
	bounds, err := bounds.complete()
	if err != nil {
		panic(err)
	}
	return &MemoryBroker{id: rand.Text(), bounds: bounds}
}

// Publish appends entries. It fails only after Close.
func (b *MemoryBroker) Publish(_ context.Context, entries ...Entry) (Position, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return Position{}, ErrClosed
	}
	now := time.Now()
	for _, e := range entries {
		b.last++
		b.log.push(memoryEntry{Entry: e, seq: b.last, at: now})
		b.bytes += len(e.Data)
	}
	b.trim(now)
	b.changed.raise()
	return Position{Lo: b.last}, nil
}

// trim drops the oldest entries until the rest is within bounds. b.mu is held.
func (b *MemoryBroker) trim(now time.Time) {
	for b.log.len() > 0 {
		oldest := b.log.at(0)
		if b.log.len() <= b.bounds.Count && b.bytes <= b.bounds.Bytes && now.Sub(oldest.at) <= b.bounds.Age {
			return
		}
		b.bytes -= len(oldest.Data)
		b.log.pop()
	}
}

// Follow delivers from its caller's goroutine.
func (b *MemoryBroker) Follow(ctx context.Context, after Position, deliver func(Position, Entry) error) error {
	const batchMax = 256 // entries copied under the lock at once
	batch := make([]memoryEntry, 0, batchMax)
	for {
		changed := b.changed.wait()
		var err error
		if batch, err = b.read(batch[:0], after); err != nil {
			return err
		}
		for _, e := range batch {
			if err := ctx.Err(); err != nil {
				return err
			}
			after = Position{Lo: e.seq}
			if err := deliver(after, e.Entry); err != nil {
				return err
			}
		}
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

// read appends to batch, up to its capacity, the entries after a position.
func (b *MemoryBroker) read(batch []memoryEntry, after Position) ([]memoryEntry, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	first := b.last + 1
	if b.log.len() > 0 {
		first = b.log.at(0).seq
	}
	switch {
	case b.closed:
		return nil, ErrClosed
	case after.Hi != 0 || after.Lo > b.last:
		return nil, fmt.Errorf("%w: position %v is after the last, %d", ErrLogLost, after, b.last)
	case after != (Position{}) && after.Lo+1 < first:
		return nil, fmt.Errorf("%w: position %v is before the first, %d", ErrTrimmed, after, first)
	}
	from := 0
	if after.Lo >= first {
		from = int(after.Lo - first + 1)
	}
	for i := from; i < b.log.len() && len(batch) < cap(batch); i++ {
		batch = append(batch, b.log.at(i))
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
	s := LogState{ID: b.id, Last: Position{Lo: b.last}}
	switch {
	case b.log.len() > 0:
		s.First = Position{Lo: b.log.at(0).seq}
	case b.last > 0:
		s.First = Position{Lo: b.last + 1}
	}
	return s, nil
}

// Close ends all calls with ErrClosed.
func (b *MemoryBroker) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	b.changed.raise()
	return nil
}
