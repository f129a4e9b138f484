package htmxrt_test

import (
	"context"
	"sync"
	"time"

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
func (b *replaceable) lose() { b.replace(htmxrt.NewMemoryBroker(htmxrt.Window{})) }

func (b *replaceable) replace(log *htmxrt.MemoryBroker) {
	b.mu.Lock()
	old := b.current
	b.current = log
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

// keepOpen is a broker that one hub of several may not close.
type keepOpen struct{ htmxrt.Broker }

func (keepOpen) Close() error { return nil }

// shared is a memory broker that says that other nodes read its log.
type shared struct{ *htmxrt.MemoryBroker }

func (b shared) State(ctx context.Context) (htmxrt.LogState, error) {
	s, err := b.MemoryBroker.State(ctx)
	s.Shared = true
	return s, err
}

// severable is a broker that a node can be cut off from. While it is cut, calls
// hang until their context ends, as behind a partition, or fail at once.
type severable struct {
	htmxrt.Broker
	fails error // nil: hang

	mu  sync.Mutex    // guards the field below
	cut chan struct{} // closed while cut
}

func newSeverable(b htmxrt.Broker, fails error) *severable {
	return &severable{Broker: b, fails: fails, cut: make(chan struct{})}
}

func (b *severable) sever() { close(b.severed()) }

func (b *severable) mend() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cut = make(chan struct{})
}

func (b *severable) severed() chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.cut
}

// gone returns nil while the connection is there.
func (b *severable) gone(ctx context.Context) error {
	select {
	case <-b.severed():
		if b.fails == nil {
			<-ctx.Done()
			return ctx.Err()
		}
		return b.fails
	default:
		return nil
	}
}

func (b *severable) Publish(ctx context.Context, entries ...htmxrt.Entry) (htmxrt.Position, error) {
	if err := b.gone(ctx); err != nil {
		return htmxrt.Position{}, err
	}
	return b.Broker.Publish(ctx, entries...)
}

// Follow ends a while after it was cut, as an engine's client does.
func (b *severable) Follow(ctx context.Context, after htmxrt.Position, deliver func(htmxrt.Position, htmxrt.Entry) error) error {
	within, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	if err := b.gone(within); err != nil {
		return err
	}
	following, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan struct{})
	defer func() { <-ended }()
	defer stop()
	cut := b.severed()
	go func() { // ends with following, awaited above
		defer close(ended)
		select {
		case <-cut:
			stop()
		case <-following.Done():
		}
	}()
	return b.Broker.Follow(following, after, deliver)
}

func (b *severable) State(ctx context.Context) (htmxrt.LogState, error) {
	if err := b.gone(ctx); err != nil {
		return htmxrt.LogState{}, err
	}
	return b.Broker.State(ctx)
}

// repeating is a broker that retries although it succeeded: every entry is in
// the log twice, the second time behind the others of its call.
type repeating struct{ htmxrt.Broker }

func (b repeating) Publish(ctx context.Context, entries ...htmxrt.Entry) (htmxrt.Position, error) {
	return b.Broker.Publish(ctx, append(entries[:len(entries):len(entries)], entries...)...)
}

// stateless is a broker whose State can be made to fail.
type stateless struct {
	htmxrt.Broker

	mu  sync.Mutex // guards the field below
	err error      // of State; nil: ask the broker
}

func (b *stateless) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = err
}

func (b *stateless) State(ctx context.Context) (htmxrt.LogState, error) {
	b.mu.Lock()
	err := b.err
	b.mu.Unlock()
	if err != nil {
		return htmxrt.LogState{}, err
	}
	return b.Broker.State(ctx)
}

// paced is a broker that delivers one entry in a second.
type paced struct{ htmxrt.Broker }

func (b paced) Follow(ctx context.Context, after htmxrt.Position, deliver func(htmxrt.Position, htmxrt.Entry) error) error {
	return b.Broker.Follow(ctx, after, func(pos htmxrt.Position, e htmxrt.Entry) error {
		time.Sleep(time.Second)
		return deliver(pos, e)
	})
}
