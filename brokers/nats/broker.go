package nats

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/internal/logid"
)

// Broker is a log in a JetStream stream. Its methods may be called at once from
// many goroutines. It has no goroutine of its own, but for those of its connection.
type Broker struct {
	opts  Options
	log   *slog.Logger
	conn  *nats.Conn
	owned bool
	js    jetstream.JetStream

	life context.Context // ends with Close
	end  context.CancelFunc

	mu    sync.Mutex // guards the field below
	known knowledge
}

// knowledge is what a broker has seen of the log, by which it recognises it.
type knowledge struct {
	log string // its id
	// term counts the logs: a Follow of an earlier term has lost its log.
	term int
	// seq is the newest message that was delivered or published, id that of its
	// last entry; 0 while there was none.
	seq uint64
	id  [16]byte
}

var _ htmxrt.Broker = (*Broker)(nil)

// Open connects and finds the stream, or creates it. It does not wait for a
// server that is away: it fails, within 5 s and with ctx.
func Open(ctx context.Context, o Options) (*Broker, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	b := &Broker{opts: o, log: o.logger(), conn: o.Conn}
	if b.conn == nil {
		conn, err := connect(ctx, o)
		if err != nil {
			return nil, err
		}
		b.conn, b.owned = conn, true
	}
	b.life, b.end = context.WithCancel(context.Background())
	if err := b.begin(ctx); err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// begin learns which log there is.
func (b *Broker) begin(ctx context.Context) error {
	js, err := jetstream.New(b.conn)
	if err != nil {
		return fmt.Errorf("nats: %w", err)
	}
	b.js = js
	v, err := b.ensure(ctx)
	switch {
	case errors.Is(err, nats.ErrNoResponders), errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		return fmt.Errorf("nats: the server at %s has no JetStream, or not yet; the log needs it (the server's setting jetstream): %w", b.server(), err)
	case err != nil:
		return fmt.Errorf("nats: the server at %s: %w", b.server(), err)
	}
	b.known.log = v.id
	return nil
}

// knows returns what was seen of the log.
func (b *Broker) knows() knowledge {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.known
}

// note remembers a message of the log of a term, if it is the newest.
func (b *Broker) note(term int, seq uint64, id [16]byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if term == b.known.term && seq > b.known.seq {
		b.known.seq, b.known.id = seq, id
	}
}

// adopt makes log the one that is known, after that of a term was lost.
func (b *Broker) adopt(term int, log string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if term == b.known.term {
		b.known = knowledge{log: log, term: term + 1}
	}
}

// State returns the log's state, within 5 s. When the log that was followed is
// lost, it begins with the one that is there, and creates it if need be: until
// then every Follow is ErrLogLost. A log that was restored from an older copy
// gets a new id, the same for all nodes.
func (b *Broker) State(ctx context.Context) (state htmxrt.LogState, err error) {
	err = b.call(ctx, "state", func(ctx context.Context) error {
		known := b.knows()
		v, err := b.ensure(ctx)
		if err != nil {
			return err
		}
		if err := b.recognise(ctx, known, v); errors.Is(err, htmxrt.ErrLogLost) {
			b.log.Warn("nats: another log", "err", err)
			// Only one that came later was begun by another node.
			for logid.Compare(v.id, known.log) <= 0 {
				if v, err = b.renew(ctx, known.log, v); err != nil {
					return err
				}
			}
			b.adopt(known.term, v.id)
		} else if err != nil {
			return err
		}
		state, err = v.state(ctx)
		return err
	})
	return state, err
}

// state asks how many entries the oldest message has.
func (v view) state(ctx context.Context) (htmxrt.LogState, error) {
	s := htmxrt.LogState{
		ID:     v.id,
		Last:   htmxrt.Position{Hi: v.last},
		Base:   htmxrt.Position{Hi: v.first - 1},
		Shared: true,
	}
	if v.first > v.last {
		return s, nil
	}
	oldest, err := v.stream.GetMsg(ctx, v.first)
	if err != nil { // it may have been trimmed just now
		return s, fmt.Errorf("read the oldest message: %w", err)
	}
	s.First = position(v.first, 0, len(decode(v.first, oldest.Data)))
	return s, nil
}

// Close ends all calls with ErrClosed, and the connection if Open made it.
func (b *Broker) Close() error {
	b.end()
	if b.owned {
		b.conn.Close()
	}
	return nil
}
