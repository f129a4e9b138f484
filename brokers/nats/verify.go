package nats

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// verify proves that the log of a term can be read on after a position, and
// returns what it looks like. It is ErrLogLost or ErrTrimmed when it cannot; other
// errors say nothing about the log.
func (b *Broker) verify(ctx context.Context, term int, after htmxrt.Position) (view, error) {
	known := b.knows() // before looking: all of it must be there
	if known.term != term {
		return view{}, fmt.Errorf("%w: it was given up", htmxrt.ErrLogLost)
	}
	v, err := b.look(ctx)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return view{}, fmt.Errorf("%w: %w", htmxrt.ErrLogLost, err)
	}
	if err != nil {
		return view{}, err
	}
	if err := b.recognise(ctx, known, v); err != nil {
		return view{}, err
	}
	switch {
	case after.Hi > v.last || after.Lo > 0 && after.Hi == v.last:
		return view{}, fmt.Errorf("%w: position %v is after the last, %d", htmxrt.ErrLogLost, after, v.last)
	case after.Hi+1 < v.first:
		return view{}, fmt.Errorf("%w: position %v is before %d, up to which not all is kept", htmxrt.ErrTrimmed, after, v.first-1)
	}
	return v, nil
}

// recognise returns ErrLogLost if the stream is not the one that is known: another
// log, or the same one from an older copy, in which the newest message that was
// seen is missing, or is another one by now.
func (b *Broker) recognise(ctx context.Context, known knowledge, v view) error {
	switch {
	case v.id != known.log:
		return fmt.Errorf("%w: the stream %s was created anew", htmxrt.ErrLogLost, b.opts.streamName())
	case v.last < known.seq:
		return fmt.Errorf("%w: the stream %s ends at %d, but %d was there", htmxrt.ErrLogLost, b.opts.streamName(), v.last, known.seq)
	case known.seq == 0 || known.seq < v.first: // nothing was seen, or it was trimmed
		return nil
	}
	newest, err := v.stream.GetMsg(ctx, known.seq)
	if err != nil { // it may have been trimmed just now
		return fmt.Errorf("read message %d: %w", known.seq, err)
	}
	entries := decode(known.seq, newest.Data)
	if entries[len(entries)-1].ID != known.id {
		return fmt.Errorf("%w: the stream %s has another entry at %d", htmxrt.ErrLogLost, b.opts.streamName(), known.seq)
	}
	return nil
}
