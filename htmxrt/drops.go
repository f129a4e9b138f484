package htmxrt

import (
	"errors"
	"time"
)

// dropsEvery is how often entries that were dropped for one reason are logged:
// on a log with a foreign writer that is every entry.
const dropsEvery = time.Minute

// drops remembers what was logged about entries that could not be read. It is
// used by the goroutine that follows the log.
type drops map[error]*dropped

type dropped struct {
	logged time.Time
	held   int // entries since then
}

// dropReasons are the kinds of error that are logged apart, with what to do.
var dropReasons = []struct {
	err  error
	hint string
}{
	{errForged, "is Options.Key the same on all nodes, and does nobody else write to the log?"},
	{errEntryVersion, "written by a later version; it is read once this node is updated"},
	{ErrFilter, "do all nodes run the same binary?"},
	{errEntry, "does nobody else write to the log?"},
}

// drop counts an entry that cannot be read, and logs it now and then.
func (h *Hub) drop(err error) {
	h.counts.dropped.Add(1)
	for _, r := range dropReasons {
		if !errors.Is(err, r.err) {
			continue
		}
		d := h.drops[r.err]
		if d == nil {
			d = &dropped{}
			h.drops[r.err] = d
		}
		d.held++
		if now := time.Now(); d.logged.IsZero() || now.Sub(d.logged) >= dropsEvery {
			h.log.Warn("htmxrt: dropped entries of the log", "err", err, "entries", d.held, "hint", r.hint)
			d.logged, d.held = now, 0
		}
		return
	}
}
