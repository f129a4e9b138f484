package nats

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// Publish stores entries as one message, and returns when the server has
// acknowledged it. Within 5 s it is sent again when no answer comes, which stores
// it once. Entries that are together larger than the server's max_payload, less
// 17 to 26 bytes each, are [htmxrt.ErrTooLarge].
func (b *Broker) Publish(ctx context.Context, entries ...htmxrt.Entry) (htmxrt.Position, error) {
	if len(entries) == 0 {
		return htmxrt.Position{}, errors.New("nats: publish: no entries")
	}
	known := b.knows()
	msg := &nats.Msg{
		Subject: b.opts.subject(),
		Data:    encode(entries),
		Header: nats.Header{
			jetstream.MsgIDHeader:          {messageID(entries)},
			jetstream.ExpectedStreamHeader: {b.opts.streamName()},
		},
	}
	var ack *jetstream.PubAck
	err := b.call(ctx, "publish", func(ctx context.Context) (err error) {
		ack, err = b.js.PublishMsg(ctx, msg, jetstream.WithRetryAttempts(0))
		switch {
		case errors.Is(err, jetstream.ErrNoStreamResponse): // the stream may be gone
			if _, err := b.ensure(ctx); err != nil {
				return err
			}
		case errors.Is(err, nats.ErrMaxPayload):
			return fmt.Errorf("%w: %d bytes of %d entries, but the server's max_payload is %d",
				htmxrt.ErrTooLarge, len(msg.Data), len(entries), b.conn.MaxPayload())
		case errors.Is(err, jetstream.ErrStreamMessageExceedsMaximum):
			return fmt.Errorf("%w: %d bytes of %d entries, but the stream %s has a smaller max_msg_size",
				htmxrt.ErrTooLarge, len(msg.Data), len(entries), b.opts.streamName())
		}
		return err
	})
	if err != nil {
		return htmxrt.Position{}, err
	}
	if !ack.Duplicate {
		b.note(known.term, ack.Sequence, entries[len(entries)-1].ID)
	}
	return htmxrt.Position{Hi: ack.Sequence}, nil
}
