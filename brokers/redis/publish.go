package redis

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/redis/rueidis"
)

// Publish appends entries in one command, or in one transaction, which Redis
// executes whole or not at all. It is sent once: after an error that says that
// no answer came, the entries may be in the log or not. It takes no longer than
// ctx and 5 s. More bytes at once than the server takes in one value are
// htmxrt.ErrTooLarge.
func (b *Broker) Publish(ctx context.Context, entries ...htmxrt.Entry) (htmxrt.Position, error) {
	if len(entries) == 0 {
		return htmxrt.Position{}, errors.New("redis: Publish of no entries")
	}
	size := 0
	for _, e := range entries {
		size += len(e.Data)
	}
	if size > b.limit {
		return htmxrt.Position{}, fmt.Errorf("redis: %w: %d bytes at once, and the server takes %d (proto-max-bulk-len)",
			htmxrt.ErrTooLarge, size, b.limit)
	}
	if err := ctx.Err(); err != nil {
		return htmxrt.Position{}, err
	}
	c, done := b.call(ctx, b.timing.patience)
	defer done()
	select {
	case b.turns <- struct{}{}:
		defer func() { <-b.turns }()
	case <-c.Done():
		return htmxrt.Position{}, b.explain(b.cause(c, c.Err()))
	}
	log := b.knows()
	last, err := b.add(c, entries)
	if errors.Is(err, errNoLog) { // so nothing was added
		if err = b.begin(c); err == nil {
			last, err = b.add(c, entries)
		}
	}
	if err != nil {
		return htmxrt.Position{}, b.explain(err)
	}
	b.has(log, last)
	return last, nil
}

// add appends entries to the stream, or returns errNoLog if there is none: an
// entry never begins a log.
func (b *Broker) add(c context.Context, entries []htmxrt.Entry) (last htmxrt.Position, err error) {
	// One more than is kept, for State.Base.
	most := strconv.Itoa(b.opts.MaxLen + 1)
	commands := make([]rueidis.Completed, len(entries))
	for i, e := range entries {
		commands[i] = b.command("XADD", "NOMKSTREAM", "MAXLEN", "=", most, "*",
			fieldID, string(e.ID[:]), fieldData, rueidis.BinaryString(e.Data))
	}
	answers, err := b.transact(c, commands...)
	if err != nil {
		return last, err
	}
	for _, a := range answers {
		id, err := a.ToString()
		if rueidis.IsRedisNil(err) {
			return last, errNoLog
		}
		if err != nil {
			return last, err
		}
		if last, err = parsePlace(id); err != nil {
			return last, err
		}
	}
	return last, nil
}

// transact executes commands with nothing in between and returns their answers,
// or the first error of a command that the server refused beforehand: then none
// was executed.
func (b *Broker) transact(c context.Context, commands ...rueidis.Completed) ([]rueidis.RedisMessage, error) {
	if len(commands) == 1 {
		answers, err := b.do(c, commands...)
		if err != nil {
			return nil, err
		}
		m, err := answers[0].ToMessage()
		if err != nil && !rueidis.IsRedisNil(err) {
			return nil, err
		}
		return []rueidis.RedisMessage{m}, nil
	}
	all := make([]rueidis.Completed, 0, len(commands)+2)
	all = append(all, b.general("MULTI"))
	all = append(all, commands...)
	all = append(all, b.general("EXEC"))
	answers, err := b.do(c, all...)
	if err != nil {
		return nil, err
	}
	for _, a := range answers {
		if err := a.Error(); err != nil {
			return nil, err
		}
	}
	return answers[len(answers)-1].ToArray()
}
