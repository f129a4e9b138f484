package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/htmxrt/htmxrt/brokers/nats"
	"github.com/htmxrt/htmxrt/brokers/redis"
	"github.com/htmxrt/htmxrt/htmxrt"
)

// namespace keeps the chat's log apart from those of other apps on its engine.
const namespace = "chat"

// openBroker opens the log that several nodes share. Without an address it is
// nil: a log of this process alone.
func openBroker(ctx context.Context, address string) (broker htmxrt.Broker, err error) {
	switch engine, _, _ := strings.Cut(address, "://"); engine {
	case "":
		return nil, nil
	case "nats", "tls":
		broker, err = nats.Open(ctx, nats.Options{URL: address, Namespace: namespace})
	case "redis", "rediss":
		broker, err = redis.Open(ctx, redis.Options{URL: address, Namespace: namespace})
	default:
		err = fmt.Errorf("-broker begins with %q, want nats://host:4222 or redis://host:6379", engine)
	}
	return broker, err
}
