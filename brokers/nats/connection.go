package nats

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// A connection over which nothing comes is given up after pingEvery and
// pingsMissed further ones, about 6 s.
const (
	pingEvery   = 2 * time.Second
	pingsMissed = 2
)

// connect opens a connection that comes back for ever. What is published while
// it is away fails, and is tried again by the broker: nothing is kept in it that
// would appear later.
func connect(ctx context.Context, o Options) (*nats.Conn, error) {
	log := o.logger()
	servers := strings.Count(o.URL, ",") + 1
	patience := callTimeout
	if deadline, ok := ctx.Deadline(); ok {
		patience = time.Until(deadline)
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("nats: connect to %s (Options.URL): %w", redact(o.URL), err)
	}
	conn, err := nats.Connect(o.URL, append([]nats.Option{
		nats.Name("htmxrt " + o.Namespace),
		nats.Timeout(patience / time.Duration(servers)),
		nats.MaxReconnects(-1),
		nats.CustomReconnectDelay(func(attempts int) time.Duration { return delay(attempts) }),
		nats.ReconnectBufSize(-1),
		nats.IgnoreAuthErrorAbort(),
		nats.PingInterval(pingEvery),
		nats.MaxPingsOutstanding(pingsMissed),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			log.Warn("nats: connection", "err", err)
		}),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil { // nil: by Close
				log.Warn("nats: disconnected", "err", err)
			}
		}),
		nats.ReconnectHandler(func(c *nats.Conn) {
			log.Info("nats: connected again", "server", redact(c.ConnectedUrl()))
		}),
	}, o.Connect...)...)
	var bad *url.Error
	switch {
	case err == nil:
		return conn, nil
	case errors.As(err, &bad): // its text has the credentials
		return nil, fmt.Errorf("nats: Options.URL %s is not the URL of a server", redact(o.URL))
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired), errors.Is(err, nats.ErrAuthRevoked):
		return nil, fmt.Errorf("nats: %s refuses the credentials of Options.URL or Options.Connect: %w", redact(o.URL), err)
	}
	return nil, fmt.Errorf("nats: connect to %s (Options.URL): %w", redact(o.URL), err)
}

var hostPort = regexp.MustCompile(`^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(:[0-9]+)?$`)

// redact returns the URLs without users, passwords and tokens: of each what
// stands behind the last @, if it is a host.
func redact(urls string) string {
	list := strings.Split(urls, ",")
	for i, u := range list {
		scheme, rest, ok := strings.Cut(strings.TrimSpace(u), "://")
		if !ok {
			scheme, rest = "nats", scheme
		}
		host := rest[strings.LastIndexByte(rest, '@')+1:]
		if !hostPort.MatchString(host) {
			host = "(no host)"
		}
		list[i] = scheme + "://" + host
	}
	return strings.Join(list, ",")
}

// server returns the URL of the server for errors.
func (b *Broker) server() string {
	if b.owned {
		return redact(b.opts.URL) + " (Options.URL)"
	}
	return redact(b.conn.ConnectedUrl()) + " (Options.Conn)"
}
