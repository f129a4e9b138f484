package nats

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/htmxrt/htmxrt/internal/logid"
)

// logKey is the stream's metadata that holds the id of the log, see package logid.
// A stream without it is not ours.
const logKey = "htmxrt.log"

// dedupe is how long the server knows a message that was published, so that
// publishing it again after an unclear error stores it once. It is far longer
// than callTimeout.
const dedupe = 2 * time.Minute

func (o Options) streamName() string { return "HTMXRT_" + o.Namespace }

func (o Options) subject() string { return "htmxrt." + o.Namespace + ".log" }

// stream returns how the stream is created, with a new log id.
func (o Options) stream(id string) jetstream.StreamConfig {
	age := cmp.Or(o.MaxAge, maxAgeDefault)
	return jetstream.StreamConfig{
		Name:        o.streamName(),
		Description: "the log of htmxrt, see brokers/nats",
		Subjects:    []string{o.subject()},
		Retention:   jetstream.LimitsPolicy,
		Discard:     jetstream.DiscardOld,
		MaxAge:      age,
		MaxBytes:    cmp.Or(o.MaxBytes, maxBytesDefault),
		Storage:     o.Storage,
		Replicas:    cmp.Or(o.Replicas, 1),
		Duplicates:  min(dedupe, age),
		DenyDelete:  true, // nobody makes a hole
		Metadata:    map[string]string{logKey: id},
	}
}

// judge returns an error if a stream that exists cannot keep the promises, or is
// not what was asked for. Limits that only trim the oldest entries are the
// operator's.
func (o Options) judge(have jetstream.StreamConfig) error {
	problem := ""
	switch {
	case have.Metadata[logKey] == "":
		problem = "has no metadata " + logKey + ", so another program made it, or a server before 2.10; choose another Options.Namespace"
	case !slices.Equal(have.Subjects, []string{o.subject()}):
		problem = fmt.Sprintf("has the subjects %q, want %q alone", have.Subjects, o.subject())
	case have.Mirror != nil || len(have.Sources) > 0:
		problem = "is fed by other streams"
	case have.SubjectTransform != nil:
		problem = "changes subjects"
	case have.Retention != jetstream.LimitsPolicy:
		problem = fmt.Sprintf("has the retention %v, want %v", have.Retention, jetstream.LimitsPolicy)
	case have.Discard != jetstream.DiscardOld:
		problem = "discards new messages when it is full, want old ones"
	case have.MaxMsgsPerSubject > 0:
		problem = fmt.Sprintf("keeps %d messages per subject, want no such limit", have.MaxMsgsPerSubject)
	case have.NoAck:
		problem = "does not acknowledge"
	case have.Sealed:
		problem = "is sealed"
	case have.Storage != o.Storage:
		problem = fmt.Sprintf("has the storage %v, but Options.Storage is %v", have.Storage, o.Storage)
	case o.Replicas != 0 && have.Replicas != o.Replicas:
		problem = fmt.Sprintf("has %d replicas, but Options.Replicas is %d", have.Replicas, o.Replicas)
	case o.MaxAge != 0 && have.MaxAge != o.MaxAge:
		problem = fmt.Sprintf("keeps entries for %v, but Options.MaxAge is %v", have.MaxAge, o.MaxAge)
	case o.MaxBytes != 0 && have.MaxBytes != o.MaxBytes:
		problem = fmt.Sprintf("keeps %d bytes, but Options.MaxBytes is %d", have.MaxBytes, o.MaxBytes)
	default:
		return nil
	}
	return fmt.Errorf("the stream %s %s; nothing was changed", o.streamName(), problem)
}

// view is what one answer of the server says about the log.
type view struct {
	stream jetstream.Stream
	id     string
	// first is the sequence from which on all messages are there; last that of
	// the newest one ever. Without messages, first is last+1.
	first, last uint64
}

// ensure returns the stream, created if there is none.
func (b *Broker) ensure(ctx context.Context) (view, error) {
	v, err := b.look(ctx)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		_, err = b.js.CreateStream(ctx, b.opts.stream(logid.After(b.knows().log)))
		if err != nil && !errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // another node was faster
			return view{}, fmt.Errorf("create the stream %s: %w", b.opts.streamName(), err)
		}
		v, err = b.look(ctx)
	}
	if err != nil {
		return view{}, err
	}
	return v, b.opts.judge(v.stream.CachedInfo().Config)
}

// look asks for the stream as it is.
func (b *Broker) look(ctx context.Context) (view, error) {
	stream, err := b.js.Stream(ctx, b.opts.streamName())
	if err != nil {
		return view{}, fmt.Errorf("look at the stream %s: %w", b.opts.streamName(), err)
	}
	info := stream.CachedInfo()
	if info.State.NumDeleted > 0 { // somebody made a hole: a log begins behind it
		if info, err = stream.Info(ctx, jetstream.WithDeletedDetails(true)); err != nil {
			return view{}, fmt.Errorf("look at the stream %s: %w", b.opts.streamName(), err)
		}
	}
	v := view{
		stream: stream,
		id:     logID(info),
		first:  info.State.FirstSeq,
		last:   info.State.LastSeq,
	}
	if info.State.Msgs == 0 {
		v.first = v.last + 1
	}
	for _, seq := range info.State.Deleted {
		v.first = max(v.first, seq+1)
	}
	return v, nil
}

// logID changes when the stream is created anew, also with its old metadata.
func logID(info *jetstream.StreamInfo) string {
	return info.Config.Metadata[logKey] + "." + strconv.FormatInt(info.Created.UnixNano(), 36)
}
