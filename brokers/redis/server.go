package redis

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/redis/rueidis"
)

// limitDefault is the largest value that Redis takes unless it is told
// otherwise (proto-max-bulk-len).
const limitDefault = 512 << 20

// inspect finds at once what would go wrong later: a server that cannot be
// written to, a key that holds something else, settings that lose entries.
func (b *Broker) inspect(c context.Context) error {
	b.limit = limitDefault
	answers, err := b.do(c,
		b.command("XTRIM", "MINID", "=", "0"), // a write that changes nothing
		b.general("CONFIG", "GET", "maxmemory-policy"),
		b.general("CONFIG", "GET", "proto-max-bulk-len"),
	)
	if err != nil {
		return err
	}
	if err := answers[0].Error(); err != nil {
		return err
	}
	policy, err := answers[1].AsStrMap()
	switch {
	case err != nil: // users are often not allowed to ask
		b.log.Info("redis: cannot read maxmemory-policy, make sure that it is noeviction", "server", b.opts.server(), "err", err)
	case strings.HasPrefix(policy["maxmemory-policy"], "allkeys-"):
		b.log.Warn("redis: the server may evict the log when its memory is full: set maxmemory-policy noeviction, or a volatile one",
			"server", b.opts.server(), "maxmemory-policy", policy["maxmemory-policy"])
	}
	if bulk, err := answers[2].AsStrMap(); err == nil {
		if n, err := strconv.Atoi(bulk["proto-max-bulk-len"]); err == nil {
			b.limit = min(b.limit, n)
		}
	}
	return nil
}

// advice is what to change, by how the server's error begins.
var advice = []struct{ code, text string }{
	{"WRONGPASS", "user or password of Options.URL or Options.Credentials is wrong"},
	{"NOAUTH", "the server wants a user or password, in Options.URL or Options.Credentials"},
	{"NOPERM", "the user of Options.URL may not do what README.md lists"},
	{"READONLY", "the server is a replica; Options.URL must name the primary"},
	{"NOREPLICAS", "the server has fewer replicas than min-replicas-to-write"},
	{"MISCONF", "the server cannot save its data and refuses writes"},
	{"OOM", "the server's memory is full: raise maxmemory, or lower Options.MaxLen or Options.MaxAge"},
	{"WRONGTYPE", "the key of the log holds something else: change Options.Namespace"},
	{"LOADING", "the server is still starting"},
	{"MOVED", "the server is a node of a cluster that cannot be reached as a whole"},
}

// explain returns an error as callers see it: with the server, without
// credentials, and with what to change. htmxrt.ErrClosed and errors of a
// caller's context are told as they are.
func (b *Broker) explain(err error) error {
	if errors.Is(err, htmxrt.ErrClosed) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if errors.Is(err, errForeign) {
		return fmt.Errorf("redis: %s: %s %w: change Options.Namespace, or remove the key", b.opts.server(), b.key, err)
	}
	if e, ok := rueidis.IsRedisErr(err); ok {
		for _, a := range advice {
			if strings.HasPrefix(e.Error(), a.code) {
				return fmt.Errorf("redis: %s: %s: %w", b.opts.server(), a.text, err)
			}
		}
		return fmt.Errorf("redis: %s: %w", b.opts.server(), err)
	}
	return fmt.Errorf("redis: Options.URL %s: %w", b.opts.server(), err)
}
