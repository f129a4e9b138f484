package htmxrt

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// brokerTimeout bounds one call of the broker that somebody waits for.
const brokerTimeout = 5 * time.Second

// Hub sends to browsers and serves their streams. Its methods are safe for
// concurrent use. A process may have several; they share nothing.
type Hub struct {
	opts     Options // complete
	keys     *keyring
	codec    codec
	broker   Broker
	shared   bool
	inMemory bool
	log      *slog.Logger
	window   *window
	index    *index
	streams  *admission
	closures closures
	counts   counters

	// head is the newest entry that was offered to all clients; moved is
	// raised when it changes.
	head  atomic.Pointer[place]
	moved signal

	stop     context.CancelFunc // ends follow
	followed chan struct{}      // closed when follow has ended
	shutdown sync.Once
}

// New starts a hub. It reads the recent log from the broker before it returns,
// for at most 5 s. Options out of range are an error that names the field.
// Shutdown must be called to release it.
func New(o Options) (*Hub, error) {
	opts, err := o.complete()
	if err != nil {
		return nil, err
	}
	if opts.Broker == nil {
		opts.Broker = NewMemoryBroker(opts.Window)
	}
	ctx, cancel := context.WithTimeout(context.Background(), brokerTimeout)
	defer cancel()
	state, err := opts.Broker.State(ctx)
	if err != nil {
		return nil, fmt.Errorf("htmxrt: state of Options.Broker: %w", err)
	}
	if state.Shared && opts.Key == nil {
		return nil, errors.New("htmxrt: Options.Key is required with a shared broker, the same on all nodes")
	}
	signed := opts.Key != nil
	if !signed {
		opts.Key = randomKey()
	}
	keys, err := newKeyring(append([][]byte{opts.Key}, opts.OldKeys...)...)
	if err != nil {
		return nil, fmt.Errorf("htmxrt: Options.Key: %w", err)
	}
	h := &Hub{
		opts:     opts,
		keys:     keys,
		codec:    codec{keys: keys, signed: signed},
		broker:   opts.Broker,
		shared:   state.Shared,
		log:      opts.Logger,
		window:   newWindow(opts.Window, keys),
		index:    newIndex(),
		streams:  newAdmission(opts.Limits),
		followed: make(chan struct{}),
	}
	_, h.inMemory = opts.Broker.(*MemoryBroker)
	h.restart(state)
	follow, stop := context.WithCancel(context.Background())
	h.stop = stop
	go h.follow(follow) // owned by the hub, ended by Shutdown, which waits for followed
	if err := h.await(ctx, state.Last); err != nil {
		h.Shutdown(ctx)
		return nil, fmt.Errorf("htmxrt: read the log of Options.Broker up to %v: %w", state.Last, err)
	}
	return h, nil
}

// Shutdown refuses new sends and streams, writes to every stream what was sent
// before, ends it with htmxrt-bye, after which browsers come back with the
// cursor they had, and closes the broker. It waits until every stream has ended, so call it before http.Server.Shutdown, which
// waits for the same requests. When ctx ends first, what is still being written
// is cut off and the error is ctx's. Further calls do nothing.
func (h *Hub) Shutdown(ctx context.Context) (err error) {
	h.shutdown.Do(func() {
		idle := h.streams.close()
		h.catchUp(ctx)
		for _, c := range h.index.all() {
			c.end(byeDrain)
		}
		select {
		case <-idle:
		case <-ctx.Done():
			err = ctx.Err()
			h.abort(idle)
		}
		h.stop()
		err = errors.Join(err, h.broker.Close())
		<-h.followed
	})
	return err
}

// catchUp waits until all that was published has been read, for as long as ctx
// and an engine's patience last. What is not read by then is in the log.
func (h *Hub) catchUp(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, brokerTimeout)
	defer cancel()
	if state, err := h.broker.State(ctx); err == nil {
		_ = h.await(ctx, state.Last)
	}
}

// abort cuts off the streams that are still writing and waits, for at most a
// second, until they have ended.
func (h *Hub) abort(idle <-chan struct{}) {
	h.streams.abort()
	timer := time.NewTimer(time.Second)
	defer timer.Stop()
	select {
	case <-idle:
	case <-timer.C:
	}
}

// Cursor returns the cursor of the newest entry that this node has read.
func (h *Hub) Cursor() Cursor { return h.head.Load().cursor() }

// publish appends messages to the log, all or none. It does not stop when ctx
// ends: whoever closes a tab has stored what it sent, so others must see it.
func (h *Hub) publish(ctx context.Context, messages ...*message) error {
	if h.streams.isClosed() {
		return ErrClosed
	}
	entries := make([]Entry, len(messages))
	for i, m := range messages {
		entries[i] = Entry{ID: newEntryID(), Data: h.codec.encode(m)}
		h.closures.put(entries[i].ID, m.local)
	}
	ctx = context.WithoutCancel(ctx)
	if !h.inMemory { // an engine elsewhere may not answer
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, brokerTimeout)
		defer cancel()
	}
	if _, err := h.broker.Publish(ctx, entries...); err != nil {
		for _, e := range entries {
			h.closures.take(e.ID)
		}
		return fmt.Errorf("htmxrt: publish: %w", err)
	}
	return nil
}

// follow reads the log until ctx ends or the broker is closed.
func (h *Hub) follow(ctx context.Context) {
	defer close(h.followed)
	const backoffMin, backoffMax = 100 * time.Millisecond, 5 * time.Second
	backoff := backoffMin
	for {
		before := h.head.Load().pos
		err := h.broker.Follow(ctx, before, h.deliver)
		if ctx.Err() != nil || errors.Is(err, ErrClosed) {
			return
		}
		h.log.Error("htmxrt: following the log ended", "err", err)
		if errors.Is(err, ErrTrimmed) || errors.Is(err, ErrLogLost) {
			h.lose(ctx)
		}
		if h.head.Load().pos != before {
			backoff = backoffMin
		}
		select {
		case <-time.After(backoff):
			backoff = min(2*backoff, backoffMax)
		case <-ctx.Done():
			return
		}
	}
}

// lose begins anew with the log as it is now and resets all clients.
func (h *Hub) lose(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, brokerTimeout)
	defer cancel()
	state, err := h.broker.State(ctx)
	if err != nil {
		h.log.Error("htmxrt: state of the broker", "err", err)
		return
	}
	h.restart(state)
	for _, c := range h.index.all() {
		c.lose()
	}
}

// restart makes the log of state the one that is read, from its oldest entry.
func (h *Hub) restart(state LogState) {
	tag := newLogTag(state.ID)
	h.window.restart(tag, state.Base)
	h.head.Store(&place{mark: mark{pos: state.Base}, log: tag, keys: h.keys})
}

// await waits until the entry at pos was delivered.
func (h *Hub) await(ctx context.Context, pos Position) error {
	for {
		moved := h.moved.wait()
		if h.head.Load().pos.Compare(pos) >= 0 {
			return nil
		}
		select {
		case <-moved:
		case <-h.followed:
			return ErrClosed
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// deliver reads one entry of the log: into the window, then to the clients that
// it concerns. It never blocks on a client, and fails never: what cannot be
// read is counted and keeps its place.
func (h *Hub) deliver(pos Position, e Entry) error {
	m, err := h.read(e)
	if err != nil {
		h.counts.dropped.Add(1)
		h.log.Warn("htmxrt: dropped an entry", "err", err, "bytes", len(e.Data))
		m = &message{}
	}
	m.mark, m.log, m.keys = newMark(pos, e.ID), h.head.Load().log, h.keys
	switch {
	case m.kind == kindMessage && !m.ephemeral:
		h.window.append(&m.place, m)
		h.counts.offered.Add(uint64(h.index.offer(m)))
	case m.kind == kindMessage:
		h.window.append(&m.place, nil)
		h.counts.offered.Add(uint64(h.index.offer(m)))
	case m.kind == kindRevoke:
		h.window.append(&m.place, nil)
		h.index.revoke(m.target, &m.place)
	default:
		h.window.append(&m.place, nil)
	}
	h.head.Store(&m.place)
	h.moved.raise()
	return nil
}

// read decodes e and binds the filters that it names.
func (h *Hub) read(e Entry) (*message, error) {
	m, err := h.codec.decode(e.Data)
	if err != nil {
		return nil, err
	}
	if err := filters.bind(m.audience.filters); err != nil {
		return nil, err
	}
	if m.audience.local {
		m.local = h.closures.take(e.ID)
		if m.local != nil {
			m.size += 64 * len(m.local.decided)
		}
	}
	return m, nil
}
