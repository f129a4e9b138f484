package htmxrt

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/a-h/templ"
)

// Defaults. The wire's figures come from measurements of browsers and proxies:
// nginx and AWS load balancers cut silent connections after 60 s, so the
// heartbeat stays well below; a storm of returning streams is spread by MaxAge.
const (
	heartbeatDefault    = 15 * time.Second
	writeTimeoutDefault = 10 * time.Second
	revalidateDefault   = 30 * time.Second
	maxAgeDefault       = time.Hour
	drainDefault        = 15 * time.Second // half of what Kubernetes gives a pod to end

	windowBytesDefault = 32 << 20
	windowCountDefault = 65_536
	windowAgeDefault   = 10 * time.Minute

	messageDefault          = 256 << 10
	messageHard             = 1 << 20 // JetStream's default for the largest message
	anonymousMessageDefault = 16 << 10
	responseDefault         = 4 << 20
	topicsDefault           = 64
	topicsHard              = 64 // a ticket of 64 topics of 128 bytes just fits a URL
	perIdentityDefault      = 16
	perIPDefault            = 64
	streamsDefault          = 50_000
	presenceDefault         = 1_000 // more names than a page shows

	keyMin = 32 // bytes
)

// AnonymousPolicy says whom a message of an anonymous sender reaches when the
// send names no audience.
type AnonymousPolicy int

const (
	// AnonymousEveryone: all followers of the topic, if the sender may follow
	// it itself.
	AnonymousEveryone AnonymousPolicy = iota
	// AnonymousOnly: the followers that are anonymous too.
	AnonymousOnly
	// AnonymousRefuse: nobody; the send is ErrAnonymousRefused.
	AnonymousRefuse
)

// Window bounds the recent part of the log that a node keeps for replay; the
// first bound that is reached counts. Zero fields mean the default.
type Window struct {
	Bytes int           // of encoded entries; default 32 MiB
	Count int           // entries; default 65,536
	Age   time.Duration // default 10 min, applied whenever an entry arrives
}

// Limits bound what one hub accepts. Zero fields mean the default.
type Limits struct {
	// Message is the largest content of one send, in bytes: default 256 KiB,
	// at most 1 MiB.
	Message int
	// AnonymousMessage is the same for anonymous senders: default 16 KiB, or
	// Message if that is smaller.
	AnonymousMessage int
	// Response is the largest response held back for a capture, in bytes:
	// default 4 MiB.
	Response int
	// Topics is how many topics one stream may follow: default and at most 64.
	Topics int
	// StreamsPerIdentity bounds the open streams of one user, or of one
	// session while nobody is signed in: default 16.
	StreamsPerIdentity int
	// StreamsPerIP bounds the open streams of one address, where
	// Options.ClientIP tells it: default 64.
	StreamsPerIP int
	// Streams bounds the open streams of the hub: default 50,000.
	Streams int
	// Presence is how many tabs a topic may have for its users to be listed;
	// of more only the number is known: default 1,000.
	Presence int
}

// Options configure a Hub. The zero Options work: one node, a random key, pages
// follow the topics that the server rendered. They must not be changed after New.
type Options struct {
	// Broker keeps the log. Nil: in memory, for one node. The hub closes it.
	Broker Broker

	// Key signs cursors, tickets and, when it is set, entries: at least 32
	// random bytes, the same on all nodes and after a restart. Required with
	// a shared broker; nil: a random one, so that every page is reset after a
	// restart. OldKeys are accepted too, for rotation.
	Key     []byte
	OldKeys [][]byte

	// Authorize says whether who may follow topic; any error refuses, and so
	// does a panic. It is asked when a page is rendered, at connect,
	// reconnect and each revalidation, from many goroutines, with a context
	// that ends after 5 s. Nil: pages may follow what the server rendered,
	// and browsers cannot name topics themselves.
	Authorize func(ctx context.Context, who Identity, topic string) error

	// Anonymous is the default audience of anonymous senders: AnonymousEveryone.
	Anonymous AnonymousPolicy

	// Presence says of which topics it is known who follows them: see
	// Hub.Present. It must answer the same on all nodes, always, and at once;
	// it is asked at each connect, from many goroutines. Nil: of none, and
	// nothing is written to the log for it.
	Presence func(topic string) bool
	// OnPresence is told who joins and leaves the topics of Presence, in the
	// log's order, the same at every node, beginning with what happens after
	// New. It is called from one goroutine; ctx ends with the hub and carries
	// it. While it is slow, up to 1,024 events wait, then they are lost and
	// told as PresenceReset. It does not hold up the log. A panic is logged.
	OnPresence func(ctx context.Context, e PresenceEvent)
	// PresenceView renders who is here for those who follow topic. When that
	// changes, one node sends it under the event of PresenceEventName, at most
	// every 250 ms. It runs in OnPresence's goroutine. A panic is logged.
	// Nil: pages are not told. Package components has one.
	PresenceView func(topic string, here Attendance) templ.Component

	Window Window
	Limits Limits

	// ClientIP returns the address that Limits.StreamsPerIP counts by. It must
	// not trust a header that clients can set. Nil: no limit per address.
	ClientIP func(*http.Request) string

	// Heartbeat is the longest silence on a stream; then the hub writes an
	// event that carries the cursor, so that proxies do not cut the
	// connection and quiet topics do not fall behind the log. Default 15 s.
	Heartbeat time.Duration
	// WriteTimeout bounds each write to a browser; one that takes longer ends
	// the stream, which resumes when the browser returns. Default 10 s.
	WriteTimeout time.Duration
	// Revalidate is how often a stream's session and topics are checked
	// again, spread by a tenth. Default 30 s.
	Revalidate time.Duration
	// MaxAge is how long a stream lives at most, spread over 80 to 100 %;
	// the browser then reconnects and goes on where it was. Default 1 h.
	MaxAge time.Duration
	// Drain is the time within which the streams of a node that is drained or
	// shut down come back elsewhere, when there are many. Default 15 s.
	Drain time.Duration

	// Logger receives what no caller can be told. Nil: slog.Default().
	Logger *slog.Logger
}

// complete returns o with its defaults filled in, or an error that names the
// field that is out of range. No other code knows a default.
func (o Options) complete() (Options, error) {
	var err error
	if o.Window, err = o.Window.complete(); err != nil {
		return o, err
	}
	if o.Limits, err = o.Limits.complete(); err != nil {
		return o, err
	}
	if o.Anonymous < AnonymousEveryone || o.Anonymous > AnonymousRefuse {
		return o, fmt.Errorf("htmxrt: Options.Anonymous is %d, want one of the AnonymousPolicy constants", o.Anonymous)
	}
	for _, d := range []struct {
		name  string
		value *time.Duration
		preset,
		least time.Duration
	}{
		{"Heartbeat", &o.Heartbeat, heartbeatDefault, 10 * time.Millisecond},
		{"WriteTimeout", &o.WriteTimeout, writeTimeoutDefault, 10 * time.Millisecond},
		{"Revalidate", &o.Revalidate, revalidateDefault, 10 * time.Millisecond},
		{"MaxAge", &o.MaxAge, maxAgeDefault, 100 * time.Millisecond},
		{"Drain", &o.Drain, drainDefault, 10 * time.Millisecond},
	} {
		if *d.value == 0 {
			*d.value = d.preset
		}
		if *d.value < d.least {
			return o, fmt.Errorf("htmxrt: Options.%s is %v, want %v or more, or 0 for %v", d.name, *d.value, d.least, d.preset)
		}
	}
	if o.Key != nil && len(o.Key) < keyMin {
		return o, fmt.Errorf("htmxrt: Options.Key has %d bytes, want %d or more", len(o.Key), keyMin)
	}
	for i, k := range o.OldKeys {
		if len(k) < keyMin {
			return o, fmt.Errorf("htmxrt: Options.OldKeys[%d] has %d bytes, want %d or more", i, len(k), keyMin)
		}
	}
	if o.Presence == nil && (o.OnPresence != nil || o.PresenceView != nil) {
		return o, errors.New("htmxrt: Options.Presence is nil, want the topics of OnPresence and PresenceView")
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o, nil
}

// bound is one number of Options with its default and its range.
type bound struct {
	name                string
	value               *int
	preset, least, most int
}

func (b bound) complete() error {
	if *b.value == 0 {
		*b.value = b.preset
	}
	if *b.value < b.least || *b.value > b.most {
		return fmt.Errorf("htmxrt: Options.%s is %d, want %d to %d, or 0 for %d", b.name, *b.value, b.least, b.most, b.preset)
	}
	return nil
}

func (w Window) complete() (Window, error) {
	if w.Age == 0 {
		w.Age = windowAgeDefault
	}
	if w.Age < time.Second {
		return w, fmt.Errorf("htmxrt: Options.Window.Age is %v, want 1s or more, or 0 for %v", w.Age, windowAgeDefault)
	}
	for _, b := range []bound{
		{"Window.Bytes", &w.Bytes, windowBytesDefault, 1 << 10, 1 << 40},
		{"Window.Count", &w.Count, windowCountDefault, 1, 1 << 30},
	} {
		if err := b.complete(); err != nil {
			return w, err
		}
	}
	return w, nil
}

func (l Limits) complete() (Limits, error) {
	if l.AnonymousMessage == 0 && l.Message > 0 {
		l.AnonymousMessage = min(anonymousMessageDefault, l.Message)
	}
	for _, b := range []bound{
		{"Limits.Message", &l.Message, messageDefault, 1, messageHard},
		{"Limits.AnonymousMessage", &l.AnonymousMessage, anonymousMessageDefault, 1, messageHard},
		{"Limits.Response", &l.Response, responseDefault, 1, 1 << 30},
		{"Limits.Topics", &l.Topics, topicsDefault, 1, topicsHard},
		{"Limits.StreamsPerIdentity", &l.StreamsPerIdentity, perIdentityDefault, 1, 1 << 30},
		{"Limits.StreamsPerIP", &l.StreamsPerIP, perIPDefault, 1, 1 << 30},
		{"Limits.Streams", &l.Streams, streamsDefault, 1, 1 << 30},
		{"Limits.Presence", &l.Presence, presenceDefault, 1, 1 << 20},
	} {
		if err := b.complete(); err != nil {
			return l, err
		}
	}
	return l, nil
}

// randomKey returns a key for one life of one process.
func randomKey() []byte {
	key := make([]byte, keyMin)
	rand.Read(key) // never fails, see crypto/rand
	return key
}
