package htmxrt

import (
	"cmp"
	"context"
)

// Entry is what a broker carries: an id and bytes that it does not look into.
type Entry struct {
	// ID is random and given by the hub; its first 32 bits are in cursors.
	ID [16]byte
	// Data must not be changed by anyone once it was handed over.
	Data []byte
}

// Position is a place in the log. Positions are ordered, by Hi, then Lo; the
// zero Position lies before all entries. What the numbers mean is the broker's.
type Position struct{ Hi, Lo uint64 }

// Compare returns -1, 0 or +1 as p lies before, at or after q.
func (p Position) Compare(q Position) int {
	return cmp.Or(cmp.Compare(p.Hi, q.Hi), cmp.Compare(p.Lo, q.Lo))
}

// LogState describes the log as the broker has it now.
type LogState struct {
	// ID changes when the log is lost and begun anew, and when it was rewound:
	// restored from an older copy. Then the next State of a node that had seen
	// what is gone writes another one into the engine, and all nodes agree on
	// it. An ID that a node has seen replaced does not come back.
	ID string
	// First and Last are the positions of the oldest entry kept and of the
	// newest one ever, both zero while there was none. When all entries were
	// trimmed, First is zero.
	First, Last Position
	// Base is the position after which everything is kept: that of the newest
	// entry that was trimmed, zero while none was. Follow can begin there.
	Base Position
	// Shared says that other nodes read the same log.
	Shared bool
}

// Broker keeps the log: one order of entries for all nodes. Its methods may be
// called at once from many goroutines. The package htmxrttest has the
// conformance suite that a broker must pass.
type Broker interface {
	// Publish appends entries, one at least, all or none, in their order and next to each
	// other, and returns the position of the last. A nil error means that the
	// engine has acknowledged them. After another error they may be in the
	// log, may not be, or may come there later.
	Publish(ctx context.Context, entries ...Entry) (last Position, err error)

	// Follow calls deliver with every entry after a position, in order and
	// without gaps, first those that are there, then each as it comes.
	// deliver is called from one goroutine at a time. Follow returns when ctx
	// ends, when deliver returns an error (that one), with ErrTrimmed when
	// entries after the position are gone, with ErrLogLost when the log is
	// not the one that the position came from or was rewound, as far as this node
	// or one that has told its State since can know, with ErrClosed after Close.
	Follow(ctx context.Context, after Position, deliver func(Position, Entry) error) error

	// State returns the log's state.
	State(ctx context.Context) (LogState, error)

	// Close ends all calls. It may be called more than once.
	Close() error
}
