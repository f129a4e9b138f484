package redis

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/internal/logid"
	"github.com/redis/rueidis"
)

// groupPrefix and the log's id are the name of a consumer group of the stream. If
// there are several, the one that came last counts, see package logid.
const groupPrefix = "htmxrt:"

var (
	errNoLog     = errors.New("there is no log")
	errForeign   = errors.New("holds a stream that has no log id")
	errOldServer = errors.New("the server is too old: it must be Redis 7.0 or later")
)

// State returns the log's state. If there is no log, it begins one, with a new
// id; if there is one that was restored from an older copy, it gives it a new id,
// the same for all nodes. From then on positions given to Follow are taken to be
// of the log with the id that State returned last.
//
// The oldest entry in the stream of a trimmed log counts as trimmed: Redis does
// not keep the position of what it trimmed, and this is one of it.
func (b *Broker) State(ctx context.Context) (htmxrt.LogState, error) {
	c, done := b.call(ctx, b.timing.patience)
	defer done()
	for {
		s, err := b.look(c)
		if errors.Is(err, errNoLog) {
			err = b.begin(c)
			if err == nil {
				continue
			}
		}
		if err == nil && b.isOlder(s.ID) {
			if err = b.renew(c, s.ID); err == nil {
				continue
			}
		}
		if err != nil {
			return htmxrt.LogState{}, b.explain(err)
		}
		b.adopt(s)
		return s, nil
	}
}

// adopt makes the log of s the one that is known.
func (b *Broker) adopt(s htmxrt.LogState) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.logID != s.ID {
		b.logID, b.newest, b.rewound = s.ID, htmxrt.Position{}, false
	}
	if s.Last.Compare(b.newest) > 0 {
		b.newest = s.Last
	}
}

// look reads the state in one transaction.
func (b *Broker) look(c context.Context) (htmxrt.LogState, error) {
	answers, err := b.transact(c,
		b.command("XINFO GROUPS"),
		b.command("XINFO STREAM"),
		b.command("XRANGE", "-", "+", "COUNT", "2"),
	)
	if err != nil {
		return htmxrt.LogState{}, err
	}
	id, err := readLogID(answers[0])
	if err != nil {
		return htmxrt.LogState{}, err
	}
	i, err := readInfo(answers[1])
	if err != nil {
		return htmxrt.LogState{}, err
	}
	s := htmxrt.LogState{ID: id, Shared: true}
	if i.added == 0 {
		return s, nil
	}
	s.Last = i.last
	list, err := answers[2].AsXRangeSlices()
	if err != nil {
		return htmxrt.LogState{}, err
	}
	oldest, err := readRecords(list)
	if err != nil {
		return htmxrt.LogState{}, err
	}
	switch {
	case i.removed() == 0 && len(oldest) > 0:
		s.First = oldest[0].place
	case len(oldest) == 0:
		s.Base = i.last
	default:
		s.Base = oldest[0].place
		if len(oldest) > 1 {
			s.First = oldest[1].place
		}
	}
	return s, nil
}

// begin makes an empty log with a new id, unless there is one already: it is
// made aside and then given its name, which fails if that is taken. So all
// nodes agree, and no entry is ever in a stream without an id.
func (b *Broker) begin(c context.Context) error {
	id := logid.After(b.knows())
	aside := b.key + ":" + id
	build := b.client.B()
	answers, err := b.transact(c,
		build.Arbitrary("XGROUP", "CREATE").Keys(aside).Args(groupPrefix+id, "0", "MKSTREAM").Blocking(),
		build.Arbitrary("RENAMENX").Keys(aside, b.key).Blocking(),
		build.Arbitrary("DEL").Keys(aside).Blocking(),
	)
	for _, a := range answers {
		err = cmp.Or(err, a.Error())
	}
	return err
}

// readLogID reads the answer to XINFO GROUPS.
func readLogID(answer rueidis.RedisMessage) (string, error) {
	groups, err := answer.ToArray()
	if err != nil {
		return "", missing(err)
	}
	last := ""
	for _, g := range groups {
		fields, err := g.AsMap()
		if err != nil {
			return "", err
		}
		name := fields["name"]
		text, err := name.ToString()
		if err != nil {
			return "", err
		}
		id, ok := strings.CutPrefix(text, groupPrefix)
		if ok && (last == "" || logid.Compare(id, last) > 0) {
			last = id
		}
	}
	if last == "" {
		return "", errForeign
	}
	return last, nil
}

// missing returns errNoLog for the error that says that there is no such key.
func missing(err error) error {
	if e, ok := rueidis.IsRedisErr(err); ok && strings.HasSuffix(e.Error(), "no such key") {
		return errNoLog
	}
	return err
}

// info is what the server counts of a stream.
type info struct {
	last  htmxrt.Position // the newest entry ever
	first htmxrt.Position // the oldest entry kept, zero for none
	added uint64          // entries ever
	kept  uint64
}

func (i info) removed() uint64 { return i.added - i.kept }

// readInfo reads the answer to XINFO STREAM.
func readInfo(answer rueidis.RedisMessage) (i info, err error) {
	fields, err := answer.AsMap()
	if err != nil {
		return info{}, missing(err)
	}
	if _, ok := fields["entries-added"]; !ok {
		return info{}, errOldServer
	}
	for _, f := range []struct {
		name string
		read func(rueidis.RedisMessage) error
	}{
		{"last-generated-id", place(&i.last)},
		{"recorded-first-entry-id", place(&i.first)},
		{"entries-added", number(&i.added)},
		{"length", number(&i.kept)},
	} {
		if err := f.read(fields[f.name]); err != nil {
			return info{}, fmt.Errorf("%s of XINFO STREAM: %w", f.name, err)
		}
	}
	return i, nil
}

func place(to *htmxrt.Position) func(rueidis.RedisMessage) error {
	return func(m rueidis.RedisMessage) error {
		s, err := m.ToString()
		if err == nil {
			*to, err = parsePlace(s)
		}
		return err
	}
}

func number(to *uint64) func(rueidis.RedisMessage) error {
	return func(m rueidis.RedisMessage) error {
		n, err := m.AsInt64()
		*to = uint64(n)
		return err
	}
}
