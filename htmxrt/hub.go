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
	node     *node
	streams  *admission
	closures closures
	presence *presence // nil: off
	typing   typing
	counts   counters

	// head is the newest entry that was offered to all clients; moved is
	// raised when it changes.
	head  atomic.Pointer[place]
	moved signal

	trouble atomic.Pointer[error]    // why the log is not followed; nil when it is
	until   atomic.Pointer[Position] // what a log had when it was begun with
	drops   drops                    // used by follow
	again   bool                     // used by follow: begin was called, and until is not reached

	stop     context.CancelFunc // ends follow and beats
	followed chan struct{}      // closed when follow has ended
	running  sync.WaitGroup     // beats, look and presence.keep
	draining atomic.Bool        // Drain was called
	closed   atomic.Bool        // no send is taken any more
	shutdown sync.Once
}

// New starts a hub. It reads the recent log from the broker before it returns,
// for at most 5 s. Options out of range are an error that names the field.
// Shutdown must be called to release it. After an error Options.Broker is the
// caller's to close.
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
	node := newNode()
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
		window:   newWindow(opts.Window),
		index:    newIndex(),
		node:     node,
		streams:  newAdmission(opts.Limits),
		followed: make(chan struct{}),
		drops:    make(drops),
		typing:   typing{node: node.id},
	}
	_, h.inMemory = opts.Broker.(*MemoryBroker)
	h.presence = newPresence(h)
	h.restart(state)
	follow, stop := context.WithCancel(context.Background())
	h.stop = stop
	go h.follow(follow) // owned by the hub, ended by Shutdown, which waits for followed
	if err := h.await(ctx, state.Last); err != nil {
		h.Shutdown(ctx)
		return nil, fmt.Errorf("htmxrt: read the log of Options.Broker up to %v: %w", state.Last, err)
	}
	h.presence.start(follow)
	if h.shared {
		h.running.Go(func() { h.beats(follow) }) // both owned by the hub, ended by Shutdown,
		h.running.Go(func() { h.look(follow) })  // which waits for running
	}
	return h, nil
}

// Cursor returns the cursor of the newest entry that this node has read.
func (h *Hub) Cursor() Cursor { return h.head.Load().cursor() }

// publish appends messages to the log, all or none. It does not stop when ctx
// ends: whoever closes a tab has stored what it sent, so others must see it.
func (h *Hub) publish(ctx context.Context, messages ...*message) error {
	if h.closed.Load() {
		return ErrClosed
	}
	ctx = context.WithoutCancel(ctx)
	if !h.inMemory { // an engine elsewhere may not answer
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, brokerTimeout)
		defer cancel()
	}
	return h.append(ctx, messages...)
}

// append is publish for as long as ctx lasts, also while the hub shuts down.
func (h *Hub) append(ctx context.Context, messages ...*message) error {
	entries := make([]Entry, len(messages))
	for i, m := range messages {
		entries[i] = Entry{ID: newEntryID(), Data: h.codec.encode(m)}
		h.closures.put(entries[i].ID, m.local)
	}
	if _, err := h.broker.Publish(ctx, entries...); err != nil {
		for _, e := range entries {
			h.closures.take(e.ID)
		}
		return fmt.Errorf("htmxrt: publish: %w", err)
	}
	return nil
}

// deliver reads one entry of the log: into the window, then to the clients that
// it concerns. It never blocks on a client, and fails never: what cannot be
// read is counted and keeps its place.
func (h *Hub) deliver(pos Position, e Entry) error {
	m := h.accept(e)
	m.mark, m.log, m.keys = newMark(pos, e.ID), h.head.Load().log, h.keys
	h.typing.heed(m)
	switch {
	case m.kind == kindMessage && h.again: // see begin
		h.window.append(&m.place, e.ID, nil)
	case m.kind == kindMessage && !m.ephemeral:
		h.window.append(&m.place, e.ID, m)
		h.counts.offered.Add(uint64(h.index.offer(m)))
	case m.kind == kindMessage:
		h.window.append(&m.place, e.ID, nil)
		h.counts.offered.Add(uint64(h.index.offer(m)))
	case m.kind == kindRevoke:
		h.window.append(&m.place, e.ID, nil)
		h.index.revoke(m.target, &m.place, e.ID)
	case m.kind == kindBeat:
		h.window.append(&m.place, e.ID, nil)
		h.node.hearBeat(m.beat, time.Now())
		h.presence.beat(m.beat.node)
	case m.statement != nil:
		h.window.append(&m.place, e.ID, nil)
		h.presence.apply(pos, m.kind, m.statement)
	default:
		h.window.append(&m.place, e.ID, nil)
	}
	if h.again && pos.Compare(*h.until.Load()) >= 0 {
		h.begun(&m.place)
	}
	h.head.Store(&m.place)
	h.moved.raise()
	h.trouble.Store(nil)
	return nil
}

// accept reads e, or returns a message that does nothing but keep its place.
func (h *Hub) accept(e Entry) *message {
	if h.window.holds(e.ID) { // a broker that retried may have appended it twice
		h.counts.duplicates.Add(1)
		return &message{}
	}
	m, err := h.read(e)
	if err != nil {
		h.drop(err)
		return &message{}
	}
	return m
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
