package cluster

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/htmxrt/htmxrt/brokers/nats"
	"github.com/htmxrt/htmxrt/brokers/redis"
	"github.com/htmxrt/htmxrt/htmxrt"
)

// Namespace is the app's, on its engine.
const Namespace = "cluster"

// OpenBroker opens the log at the engine that a URL names, nats://host:port or
// redis://host:port.
func OpenBroker(ctx context.Context, url string, logger *slog.Logger) (htmxrt.Broker, error) {
	switch scheme, _, _ := strings.Cut(url, "://"); scheme {
	case "nats":
		return nats.Open(ctx, nats.Options{URL: url, Namespace: Namespace, Logger: logger})
	case "redis":
		return redis.Open(ctx, redis.Options{URL: url, Namespace: Namespace, Logger: logger})
	}
	return nil, fmt.Errorf("cluster: engine %q: want nats://host:port or redis://host:port", url)
}
