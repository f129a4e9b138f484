package htmxrt

import (
	"context"
	"fmt"
	"slices"
	"time"
)

type targetKind uint8

const (
	targetUser targetKind = iota + 1
	targetSession
	targetTab
)

// Target names whose streams a revocation ends.
type Target struct {
	kind targetKind
	id   string
}

// UserTarget is all streams of a user.
func UserTarget(id string) Target { return Target{kind: targetUser, id: id} }

// SessionTarget is all streams of a login session, by Session.Key.
func SessionTarget(key string) Target { return Target{kind: targetSession, id: key} }

// TabTarget is the streams of one tab.
func TabTarget(id string) Target { return Target{kind: targetTab, id: id} }

// Revoke ends the target's streams with htmxrt-close. It is an entry of the
// log: once Revoke has returned nil, nothing that is sent later reaches them,
// on any node, and tickets minted before it are refused for as long as they
// live, by every node that has read it; one that starts later reads those that
// the broker still keeps. It does not lock a user out: a page rendered later may connect; only
// destroying the session prevents that. Like a Send, a revocation is not
// stopped when ctx ends.
func (h *Hub) Revoke(ctx context.Context, t Target) error {
	if t.id == "" || t.kind < targetUser || t.kind > targetTab {
		return fmt.Errorf("%w: revoke nobody", ErrNoAudience)
	}
	return h.publish(ctx, &message{kind: kindRevoke, target: t})
}

// revocation is when a target was revoked last.
type revocation struct {
	place *place
	at    time.Time
}

// after reports whether r came after a place in the log; log is the log of now.
// Of two logs the one of now is the later one, and a place in a log that was
// lost is before everything that is not known to be older.
func (r revocation) after(since *place, log logTag) bool {
	if r.place.log == since.log {
		return r.place.pos.Compare(since.pos) > 0
	}
	return since.log != log
}

// sweepMin is the number of revocations kept before old ones are looked for.
const sweepMin = 1024

// targets returns the names by which c can be revoked.
func (c *Client) targets() []Target {
	list := make([]Target, 0, 3)
	if user, ok := c.who.User(); ok {
		list = append(list, UserTarget(user.ID))
	}
	if c.session.Key != "" {
		list = append(list, SessionTarget(c.session.Key))
	}
	return append(list, TabTarget(c.tab))
}

// revoke ends the streams of t and keeps its place for as long as a ticket
// that was minted before it can live. It does so once for an entry with this id:
// when that is read again, after a loss, it would end streams that came later.
func (x *index) revoke(t Target, at *place, id [16]byte) {
	now := time.Now()
	x.mu.Lock()
	defer x.mu.Unlock()
	if _, again := x.applied[id]; again {
		return
	}
	x.applied[id] = now
	x.revoked[t] = revocation{place: at, at: now}
	if len(x.applied) > x.sweep {
		for id, at := range x.applied {
			if now.Sub(at) > ticketLife {
				delete(x.applied, id)
			}
		}
		for t, r := range x.revoked {
			if now.Sub(r.at) > ticketLife {
				delete(x.revoked, t)
			}
		}
		x.sweep = max(sweepMin, 2*len(x.applied)) // constant time per revocation, amortised
	}
	for _, c := range slices.Clone(x.named(t.kind)[t.id]) {
		x.drop(c)
		c.end(closeRevoked)
	}
}

// revokedSince reports whether one of c's names was revoked after a place; log
// is the log of now.
func (x *index) revokedSince(c *Client, since *place, log logTag) bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.barred(c, since, log)
}

// barred is revokedSince with x.mu held.
func (x *index) barred(c *Client, since *place, log logTag) bool {
	for _, t := range c.targets() {
		if r, ok := x.revoked[t]; ok && r.after(since, log) {
			return true
		}
	}
	return false
}
