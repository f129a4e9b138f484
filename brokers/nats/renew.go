package nats

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/htmxrt/htmxrt/internal/logid"
)

// arbiterIdle is how long the server keeps an arbiter, and so how far apart nodes
// may find that a log was restored and still agree at once. It is far longer than
// callTimeout. Later ones give it one more id, which is one more reset.
const arbiterIdle = time.Minute

// renew gives the log of v a new id, because it is an older copy of the one that
// is known: positions of both would look alike. It returns the log as it is then.
//
// Several nodes find it at once, and an update of a stream asks for nothing
// beforehand, so they agree first: the arbiter is a consumer that is named by the
// id which the log has now. Whoever creates it writes the next id into it, and
// all others take that one. It is in the server's memory, so no copy has it.
func (b *Broker) renew(ctx context.Context, known string, v view) (view, error) {
	stream := b.opts.streamName()
	arbiter := jetstream.ConsumerConfig{
		Name:              "restored-" + strings.ReplaceAll(v.id, ".", "-"),
		DeliverPolicy:     jetstream.DeliverNewPolicy,
		AckPolicy:         jetstream.AckNonePolicy,
		InactiveThreshold: arbiterIdle,
		MemoryStorage:     true,
		Replicas:          1,
		Metadata:          map[string]string{logKey: logid.After(known, v.id)},
	}
	c, err := b.js.CreateConsumer(ctx, stream, arbiter)
	if errors.Is(err, jetstream.ErrConsumerExists) { // another node was faster
		c, err = b.js.Consumer(ctx, stream, arbiter.Name)
	}
	if err != nil {
		return view{}, fmt.Errorf("agree on a new id for the log: %w", err)
	}
	next := v.stream.CachedInfo().Config
	next.Metadata = maps.Clone(next.Metadata)
	next.Metadata[logKey] = c.CachedInfo().Config.Metadata[logKey]
	if _, err := b.js.UpdateStream(ctx, next); err != nil {
		return view{}, fmt.Errorf("write a new id for the log into the stream %s: %w", stream, err)
	}
	return b.look(ctx)
}
