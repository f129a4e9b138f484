package redis

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/internal/logid"
	"github.com/redis/rueidis"
)

// arbiterLife is how long the server keeps an arbiter, and so how far apart nodes
// may find that a log was restored and still agree at once. It is far longer than
// timing.patience. Later ones give it one more id, which is one more reset.
const arbiterLife = time.Minute

// knows returns the id of the log that is known, empty before the first State.
func (b *Broker) knows() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.logID
}

// has notes that a log has an entry at a place.
func (b *Broker) has(log string, at htmxrt.Position) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if log == b.logID && at.Compare(b.newest) > 0 {
		b.newest = at
	}
}

// lacks notes that a log has lost the entry at a place. If it is not known to have
// had one, it is the caller who errs.
func (b *Broker) lacks(log string, at htmxrt.Position) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if log == b.logID && at.Compare(b.newest) <= 0 {
		b.rewound = true
	}
}

// isOlder reports whether the log with an id is an older copy of the one that is
// known, or of one before. One that came later was begun by another node.
func (b *Broker) isOlder(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.logID == "":
		return false
	case b.logID == id:
		return b.rewound
	}
	return logid.Compare(id, b.logID) < 0
}

// renew gives the log with an id a new one, because it is an older copy of the
// one that is known: positions of both would look alike.
//
// Several nodes find it at once, so they agree first: who sets the arbiter, a key
// that is named by the id which the log has now, writes the next id into it, and
// all others take that one. Then whoever makes the group, and how often, it is
// the same. A copy that has an arbiter is no harm: an id that does not come after
// the known one is renewed in its turn.
func (b *Broker) renew(c context.Context, id string) error {
	next := logid.After(b.knows(), id)
	answers, err := b.do(c, b.client.B().Arbitrary("SET").Keys(b.key+":after:"+id).
		Args(next, "NX", "GET", "PX", strconv.FormatInt(arbiterLife.Milliseconds(), 10)).Blocking())
	if err != nil {
		return err
	}
	other, err := answers[0].ToString()
	if err == nil {
		next = other
	} else if !rueidis.IsRedisNil(err) {
		return err
	}
	answers, err = b.do(c, b.client.B().Arbitrary("XGROUP", "CREATE").Keys(b.key).Args(groupPrefix+next, "0").Blocking())
	if err != nil {
		return err
	}
	err = answers[0].Error()
	if e, ok := rueidis.IsRedisErr(err); ok && (strings.HasPrefix(e.Error(), "BUSYGROUP") || strings.Contains(e.Error(), "requires the key to exist")) {
		return nil // another node was faster, or the log is gone by now: State looks again
	}
	return err
}
