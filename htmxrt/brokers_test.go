package htmxrt_test

import (
	"context"
	"sync"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// replaceable is a broker whose log can be lost: it begins anew with another id.
type replaceable struct {
	mu      sync.Mutex // guards the field below
	current *htmxrt.MemoryBroker
}

func (b *replaceable) log() *htmxrt.MemoryBroker {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.current
}

// lose ends everything that goes on at the old log.
func (b *replaceable) lose() {
	b.mu.Lock()
	old := b.current
	b.current = htmxrt.NewMemoryBroker(htmxrt.Window{})
	b.mu.Unlock()
	old.Close()
}

func (b *replaceable) Publish(ctx context.Context, entries ...htmxrt.Entry) (htmxrt.Position, error) {
	return b.log().Publish(ctx, entries...)
}

func (b *replaceable) Follow(ctx context.Context, after htmxrt.Position, deliver func(htmxrt.Position, htmxrt.Entry) error) error {
	log := b.log()
	err := log.Follow(ctx, after, deliver)
	if log != b.log() {
		return htmxrt.ErrLogLost
	}
	return err
}

func (b *replaceable) State(ctx context.Context) (htmxrt.LogState, error) { return b.log().State(ctx) }

func (b *replaceable) Close() error { return b.log().Close() }
