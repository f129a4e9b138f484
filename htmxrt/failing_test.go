package htmxrt

import (
	"context"
	"errors"
	"sync/atomic"
)

// failing is a broker that takes nothing while fails is set.
type failing struct {
	Broker
	fails atomic.Bool
}

func (b *failing) Publish(ctx context.Context, entries ...Entry) (Position, error) {
	if b.fails.Load() {
		return Position{}, errors.New("failing")
	}
	return b.Broker.Publish(ctx, entries...)
}
