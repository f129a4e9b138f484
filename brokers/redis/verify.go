package redis

import (
	"context"
	"fmt"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/redis/rueidis"
)

// follower is one call of Follow: a place in a log, and how that is recognised.
type follower struct {
	b     *Broker
	log   string
	after htmxrt.Position
	// id is that of the entry at after, known or not yet.
	id    [16]byte
	known bool
	// bare is set where no entry is at after: before all, or when all were
	// removed by hand. Then so many were added up to it.
	bare   bool
	number uint64

	count   int    // entries to ask for at once
	trimmed uint64 // the milliseconds at which it last trimmed
}

// proof returns the commands whose answers show, to check, that nothing was
// lost up to when they are executed: after is still in this log. Entries are
// removed from the oldest on, so if the one at after is there, or as few are
// gone as were before it, then so are all that came after it.
func (f *follower) proof() []rueidis.Completed {
	groups := f.b.command("XINFO GROUPS")
	if f.bare {
		return []rueidis.Completed{groups, f.b.command("XINFO STREAM")}
	}
	at := formatPlace(f.after)
	return []rueidis.Completed{groups, f.b.command("XRANGE", at, at)}
}

// check returns nil if the answers to proof show that the log goes on from
// after, htmxrt.ErrLogLost or htmxrt.ErrTrimmed if it does not, or an error of
// the server.
func (f *follower) check(c context.Context, answers []rueidis.RedisResult) error {
	groups, err := message(answers[0])
	if err != nil {
		return f.lostIf(err)
	}
	id, err := readLogID(groups)
	if err != nil {
		return f.lostIf(err)
	}
	if id != f.log {
		return fmt.Errorf("redis: %w: its id is %s, it was %s", htmxrt.ErrLogLost, id, f.log)
	}
	if f.bare {
		m, err := message(answers[1])
		if err != nil {
			return f.lostIf(err)
		}
		i, err := readInfo(m)
		if err != nil {
			return f.lostIf(err)
		}
		return f.checkNumber(i)
	}
	list, err := answers[1].AsXRangeSlices()
	if err != nil {
		return err
	}
	records, err := readRecords(list)
	if err != nil {
		return err
	}
	if len(records) == 0 {
		return f.judge(c)
	}
	if f.known && records[0].entry.ID != f.id {
		f.b.lacks(f.log, f.after)
		return fmt.Errorf("redis: %w: another entry is at %s now", htmxrt.ErrLogLost, formatPlace(f.after))
	}
	f.id, f.known = records[0].entry.ID, true
	return nil
}

// checkNumber is check where no entry is at after.
func (f *follower) checkNumber(i info) error {
	switch {
	case i.added < f.number || i.last.Compare(f.after) < 0:
		return f.rewound(i)
	case i.removed() > f.number:
		return f.gone(i)
	}
	return nil
}

// judge says why there is no entry at after.
func (f *follower) judge(c context.Context) error {
	answers, err := f.b.do(c, f.b.command("XINFO STREAM"))
	if err != nil {
		return err
	}
	m, err := message(answers[0])
	if err != nil {
		return f.lostIf(err)
	}
	i, err := readInfo(m)
	switch {
	case err != nil:
		return f.lostIf(err)
	case i.kept == 0 && i.added > 0 && i.last == f.after:
		f.bare, f.number = true, i.added
		return nil
	case i.removed() > 0 && (f.after.Compare(i.first) < 0 || i.kept == 0 && f.after.Compare(i.last) <= 0):
		return f.gone(i)
	}
	return f.rewound(i)
}

// lostIf returns htmxrt.ErrLogLost for the errors that say that this log is not
// there, and others as they are.
func (f *follower) lostIf(err error) error {
	if err == errNoLog || err == errForeign {
		return fmt.Errorf("redis: %w: %s: %w", htmxrt.ErrLogLost, f.b.key, err)
	}
	return err
}

func (f *follower) rewound(i info) error {
	f.b.lacks(f.log, f.after)
	return fmt.Errorf("redis: %w: position %s is not in it, its last is %s", htmxrt.ErrLogLost, formatPlace(f.after), formatPlace(i.last))
}

func (f *follower) gone(i info) error {
	return fmt.Errorf("redis: %w: position %s is before %s, the oldest that is kept", htmxrt.ErrTrimmed, formatPlace(f.after), formatPlace(i.first))
}

// message returns an answer that is not an error; nil is not.
func message(r rueidis.RedisResult) (rueidis.RedisMessage, error) {
	m, err := r.ToMessage()
	if err != nil {
		return m, missing(err)
	}
	return m, nil
}
