package nats

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// pullMessages is how many messages are asked for at once, and may lie here
	// unread.
	pullMessages = 64
	// pullExpires ends a request for messages. Then the stream is looked at, so
	// it is also how long a deaf consumer can stay one.
	pullExpires = 10 * time.Second
	// pullBeat is the longest silence of a server that has nothing to deliver;
	// after pullSilence it is as good as gone.
	pullBeat    = time.Second
	pullSilence = 2500 * time.Millisecond
	// pullIdle is when the server drops a consumer that nobody asks, because its
	// node is gone, or waits in deliver for so long.
	pullIdle = 30 * time.Second
)

var errSilent = errors.New("the server is silent")

// pull reads messages of the stream, in order, through an ephemeral consumer
// without acknowledgements.
type pull struct {
	b     *Broker
	name  string
	inbox string
	sub   *nats.Subscription
	in    chan *nats.Msg
	asked int // requests made
	left  int // messages of the last one that have not come
}

// pull makes a consumer that begins with a sequence.
func (b *Broker) pull(ctx context.Context, first uint64) (*pull, error) {
	p := &pull{b: b, name: "follow-" + rand.Text(), inbox: b.conn.NewInbox()}
	_, err := b.js.CreateConsumer(ctx, b.opts.streamName(), jetstream.ConsumerConfig{
		Name:              p.name,
		DeliverPolicy:     jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:       first,
		AckPolicy:         jetstream.AckNonePolicy,
		InactiveThreshold: pullIdle,
		MemoryStorage:     true,
		Replicas:          1,
	})
	if err != nil {
		return nil, fmt.Errorf("create a consumer: %w", err)
	}
	// Heartbeats come in between while the reader is busy, one per pullBeat for
	// pullExpires.
	p.in = make(chan *nats.Msg, 2*pullMessages)
	if p.sub, err = b.conn.ChanSubscribe(p.inbox+".*", p.in); err != nil {
		p.drop()
		return nil, fmt.Errorf("subscribe: %w", err)
	}
	return p, nil
}

// next returns the next message, nil when there was none for long.
func (p *pull) next(ctx context.Context, status <-chan nats.Status) (*nats.Msg, error) {
	timer := time.NewTimer(pullSilence)
	defer timer.Stop()
	for {
		if p.left == 0 {
			if err := p.ask(); err != nil {
				return nil, err
			}
		}
		select {
		case msg := <-p.in:
			if len(status) > 0 { // it may come from a server that is another one by now
				return nil, errDisconnected
			}
			if strings.HasPrefix(msg.Reply, "$JS.ACK.") {
				p.left--
				return msg, nil
			}
			if over, err := p.answer(msg); over || err != nil {
				return nil, err
			}
			timer.Reset(pullSilence)
		case <-status:
			return nil, errDisconnected
		case <-timer.C:
			return nil, errSilent
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// ask asks for more messages.
func (p *pull) ask() error {
	p.asked++
	p.left = pullMessages
	request, err := json.Marshal(map[string]any{
		"batch": pullMessages, "expires": pullExpires, "idle_heartbeat": pullBeat,
	})
	if err != nil {
		return err
	}
	return p.b.conn.PublishRequest(p.api("MSG.NEXT"), p.reply(), request)
}

func (p *pull) reply() string { return p.inbox + "." + strconv.Itoa(p.asked) }

func (p *pull) api(verb string) string {
	return jetstream.DefaultAPIPrefix + "CONSUMER." + verb + "." + p.b.opts.streamName() + "." + p.name
}

// answer reads what is not a message of the stream, and reports whether it ends
// the last request.
func (p *pull) answer(msg *nats.Msg) (over bool, err error) {
	if msg.Subject != p.reply() { // of a request that had all its messages
		return false, nil
	}
	text := msg.Header.Get("Description")
	switch msg.Header.Get("Status") {
	case "100": // a heartbeat
		return false, nil
	case "404", "408": // no messages, or no more in time
		p.left = 0
		return true, nil
	case "503":
		return true, errors.New("the consumer is gone")
	}
	return true, fmt.Errorf("the consumer ends: %s %s", msg.Header.Get("Status"), text)
}

// close ends the consumer without waiting for the server, which drops it in any
// case when nobody asks it.
func (p *pull) close() {
	_ = p.sub.Unsubscribe()
	p.drop()
}

func (p *pull) drop() { _ = p.b.conn.Publish(p.api("DELETE"), nil) }
