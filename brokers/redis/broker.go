package redis

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/redis/rueidis"
)

// Broker is a htmxrt.Broker on one Redis stream.
type Broker struct {
	opts   Options // complete
	key    string  // of the stream
	limit  int     // bytes of one Publish
	client rueidis.Client
	log    *slog.Logger
	timing timing
	life   context.Context // ends with Close
	end    context.CancelCauseFunc
	turns  chan struct{} // holds one value for each Publish under way
	closed sync.Once

	mu      sync.Mutex      // guards the fields below
	logID   string          // of the log as State told it last
	newest  htmxrt.Position // that this log is known to have had
	rewound bool            // it was found to have lost that
	mark    mark            // of the newest entry delivered
}

// mark is an entry that was delivered.
type mark struct {
	log   string
	place htmxrt.Position
	id    [16]byte
}

// timing are the broker's times, which tests shorten.
type timing struct {
	// patience bounds each call of the server, beside the caller's context.
	patience time.Duration
	// block is how long a follower without news waits at the server before it
	// looks whether the log is still the same.
	block time.Duration
	// retryMin doubles up to retryMax while the server is away.
	retryMin, retryMax time.Duration
}

var timingDefault = timing{
	patience: 5 * time.Second,
	block:    5 * time.Second,
	retryMin: 50 * time.Millisecond,
	retryMax: 5 * time.Second,
}

// publishMost is how many calls of Publish are at the server at once, each on
// a connection of its own; more wait for their turn.
const publishMost = 32

var _ htmxrt.Broker = (*Broker)(nil)

// Open connects to the server and begins the log if there is none. It takes no
// longer than ctx and 5 s. What is wrong with the options or the server is an
// error that names the setting.
func Open(ctx context.Context, o Options) (*Broker, error) {
	return open(ctx, o, timingDefault)
}

func open(ctx context.Context, o Options, t timing) (*Broker, error) {
	o, client, err := o.complete()
	if err != nil {
		return nil, err
	}
	b := &Broker{
		opts:   o,
		key:    "{" + o.Namespace + "}:htmxrt:log",
		log:    o.Logger,
		timing: t,
		turns:  make(chan struct{}, publishMost),
	}
	b.life, b.end = context.WithCancelCause(context.Background())
	if err := b.start(ctx, client); err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

func (b *Broker) start(ctx context.Context, o rueidis.ClientOption) error {
	c, done := b.call(ctx, b.timing.patience)
	defer done()
	err := b.connect(c, o)
	if err == nil {
		err = b.inspect(c)
	}
	if err != nil {
		return b.explain(b.cause(c, err))
	}
	_, err = b.State(c)
	return err
}

// Close ends all calls with htmxrt.ErrClosed and closes all connections. The
// log stays.
func (b *Broker) Close() error {
	b.closed.Do(func() {
		b.end(htmxrt.ErrClosed)
		if b.client != nil {
			b.client.Close()
		}
	})
	return nil
}
