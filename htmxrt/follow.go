package htmxrt

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// follow reads the log until ctx ends or the broker is closed.
func (h *Hub) follow(ctx context.Context) {
	defer close(h.followed)
	const backoffMin, backoffMax = 100 * time.Millisecond, 5 * time.Second
	backoff := backoffMin
	for lost := error(nil); ; {
		before := h.head.Load().pos
		var err error
		if lost == nil {
			err = h.broker.Follow(ctx, before, h.deliver)
			if errors.Is(err, ErrTrimmed) || errors.Is(err, ErrLogLost) {
				lost = err
			}
			h.noteTrouble(ctx, "htmxrt: following the log ended", err)
		}
		if lost != nil {
			if err = h.begin(ctx, lost); err == nil {
				lost = nil
			}
			h.noteTrouble(ctx, "htmxrt: beginning with another log", err)
		}
		if errors.Is(err, ErrClosed) {
			return
		}
		if h.head.Load().pos != before {
			backoff = backoffMin
		}
		select {
		case <-time.After(backoff):
			backoff = min(2*backoff, backoffMax)
		case <-ctx.Done():
			return
		}
		if !h.shared && lost == nil { // no beat will show that it is followed again
			h.trouble.Store(nil)
		}
	}
}

// noteTrouble notes why the log is not followed, unless the hub is shutting
// down or nothing is wrong.
func (h *Hub) noteTrouble(ctx context.Context, what string, err error) {
	if err == nil || errors.Is(err, ErrClosed) || ctx.Err() != nil {
		return
	}
	h.trouble.Store(&err)
	h.log.Error(what, "err", err)
}

// begin starts anew with the log as it is now, after it was lost or trimmed, and
// resets all clients. Until it succeeds nothing is followed: the old position, in
// a log that is another one by now, would be read on from without a word.
//
// What is in another log already is read for presence and revocations alone, and
// clients are reset behind it: their pages show it then, so it is not offered, nor
// replayed from a cursor in it.
func (h *Hub) begin(ctx context.Context, lost error) error {
	ctx, cancel := context.WithTimeout(ctx, brokerTimeout)
	defer cancel()
	state, err := h.broker.State(ctx)
	if err != nil {
		return fmt.Errorf("state of the log that was lost: %w", err)
	}
	h.restart(state)
	h.again = errors.Is(lost, ErrLogLost) && state.Base != state.Last
	if !h.again {
		h.resetAll()
	}
	return nil
}

// begun ends what begin has begun, at a place up to which the log was read.
func (h *Hub) begun(at *place) {
	h.again = false
	h.window.restart(at)
	h.head.Store(at)
	h.resetAll()
}

func (h *Hub) resetAll() {
	for _, c := range h.index.all() {
		c.lose()
	}
}

// restart makes the log of state the one that is read, from its oldest entry.
func (h *Hub) restart(state LogState) {
	at := &place{mark: baseMark(state.Base), log: newLogTag(state.ID), keys: h.keys}
	before := h.head.Load()
	h.until.Store(&state.Last)
	h.window.restart(at)
	h.head.Store(at)
	h.presence.restart(before == nil || before.log != at.log)
}

// baseMark returns the mark of the newest entry that was trimmed before this
// node came. Nobody can tell its tag any more. A cursor of another node that
// lies exactly there is reset: its signature proves that the entry was in a log
// of this id, but the log may have been restored from a backup, written anew
// over that position and trimmed again, and then the client has not seen what
// came before it. That is one reset too many, for a page that is as old as the
// window, and never silence. For the same reason the tag is random and not 0:
// a cursor that this node gives out for the place, before it has read an entry,
// is good here and nowhere else.
//
// Before all entries there is nothing to miss, and the tag is 0 everywhere.
func baseMark(base Position) mark {
	if base == (Position{}) {
		return mark{}
	}
	var tag [4]byte
	rand.Read(tag[:]) // never fails, see crypto/rand
	return mark{pos: base, tag: binary.BigEndian.Uint32(tag[:])}
}

// await waits until the entry at pos was delivered.
func (h *Hub) await(ctx context.Context, pos Position) error {
	for {
		moved := h.moved.wait()
		if h.head.Load().pos.Compare(pos) >= 0 {
			return nil
		}
		select {
		case <-moved:
		case <-h.followed:
			return ErrClosed
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
