package htmxrt

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// checkTimeout bounds one question to the application: Authorize or
// Session.Check.
const checkTimeout = 5 * time.Second

// authorize reports whether who may follow topic; a panic refuses.
func (h *Hub) authorize(ctx context.Context, who Identity, topic string) (err error) {
	if h.opts.Authorize == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			h.log.Error("htmxrt: Options.Authorize panicked", "panic", p)
			err = ErrForbidden
		}
	}()
	if err := h.opts.Authorize(ctx, who, topic); err != nil {
		return fmt.Errorf("%w: %w", ErrForbidden, err)
	}
	return nil
}

// allowed returns the topics that who may follow, in their order.
func (h *Hub) allowed(ctx context.Context, who Identity, topics []string) []string {
	if h.opts.Authorize == nil {
		return topics
	}
	var list []string
	for _, t := range topics {
		if h.authorize(ctx, who, t) == nil {
			list = append(list, t)
		}
	}
	return list
}

// checkSession returns how c's stream must end, nil if its session still is
// that of the same user.
func (h *Hub) checkSession(ctx context.Context, c *Client) *control {
	if c.session.Check == nil {
		if c.session.expired(time.Now()) {
			return closeSession
		}
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	who, err := c.session.Check(ctx)
	switch {
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return nil // the browser has gone
	case err != nil:
		h.log.Error("htmxrt: session of a stream", "err", err)
		return byeStore
	case !who.same(c.who):
		return closeSession
	}
	return nil
}

// revalidate checks c's session and topics again. Topics that it may not follow
// any more are taken away; with none left, or another identity, it returns how
// the stream must end.
func (h *Hub) revalidate(ctx context.Context, c *Client) *control {
	if end := h.checkSession(ctx, c); end != nil || h.opts.Authorize == nil {
		return end
	}
	topics := *c.topics.Load()
	allowed := h.allowed(ctx, c.who, topics)
	if len(allowed) == len(topics) || ctx.Err() != nil {
		return nil
	}
	if len(allowed) == 0 {
		return resetForbidden
	}
	h.index.unfollow(c, missing(topics, allowed))
	h.presence.retopic(c)
	return nil
}

// missing returns what is in all but not in some, a subsequence of it.
func missing(all, some []string) []string {
	var list []string
	for _, t := range all {
		if len(some) > 0 && some[0] == t {
			some = some[1:]
			continue
		}
		list = append(list, t)
	}
	return list
}

// trimTopic returns a topic of a query without the spaces around it, which
// people write into lists.
func trimTopic(t string) string { return strings.Trim(t, " ") }
