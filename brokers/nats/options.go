package nats

import (
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Options say where the log is. URL or Conn, and Namespace, must be set.
type Options struct {
	// URL of the server, "nats://host:4222"; several, separated by commas, are
	// one cluster. Errors and logs never show its user and password.
	URL string
	// Connect is passed to nats.Connect behind the broker's own options: TLS,
	// credentials, a certificate authority. It belongs to URL.
	Connect []nats.Option
	// Conn is used instead of a connection of the broker's own. Close leaves
	// it open. It should reconnect for ever, and should not keep what is
	// published meanwhile (nats.MaxReconnects(-1), nats.ReconnectBufSize(-1)),
	// or an entry may appear long after its Publish has failed.
	Conn *nats.Conn
	// Namespace names the app, the same on all its nodes: 1 to 32 of
	// [a-z0-9_-], the first a letter or digit. Its stream is
	// HTMXRT_<namespace>, and nothing else may publish to htmxrt.<namespace>.log.
	Namespace string

	// The fields below are how the stream is created. If it exists and differs
	// from one that is set, Open fails and changes nothing.

	// Replicas is on how many servers of a cluster the log is kept, 1 to 5,
	// default 1. With 3, no acknowledged entry is lost with one server.
	Replicas int
	// Storage is jetstream.FileStorage, the default, or MemoryStorage, with
	// which the log is lost when its servers restart, and clients are reset.
	Storage jetstream.StorageType
	// MaxAge is how long an entry is kept, 1 s or more. Default 10 min, as
	// long as the hub's window: a node reads the log when it starts.
	MaxAge time.Duration
	// MaxBytes is how much is kept, 1 MiB or more. Default 64 MiB. When it is
	// full the oldest entries go; a node that has not read them resets its clients.
	MaxBytes int64

	// Logger is told about interruptions. Default slog.Default().
	Logger *slog.Logger
}

const (
	replicasMax     = 5 // of JetStream
	maxAgeMin       = time.Second
	maxAgeDefault   = 10 * time.Minute
	maxBytesMin     = 1 << 20
	maxBytesDefault = 64 << 20
)

var namespaces = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,31}$`)

// check returns an error that names the field which is out of range.
func (o Options) check() error {
	switch {
	case o.URL == "" && o.Conn == nil:
		return errors.New("nats: Options.URL or Options.Conn is required")
	case o.URL != "" && o.Conn != nil:
		return errors.New("nats: Options.URL and Options.Conn are both set, want one")
	case o.Conn != nil && len(o.Connect) > 0:
		return errors.New("nats: Options.Connect belongs to Options.URL, but Options.Conn is set")
	case o.Namespace == "":
		return errors.New("nats: Options.Namespace is required: it keeps two apps on one server apart")
	case !namespaces.MatchString(o.Namespace):
		return fmt.Errorf("nats: Options.Namespace is %q, want 1 to 32 of [a-z0-9_-], the first a letter or digit", o.Namespace)
	case o.Replicas < 0 || o.Replicas > replicasMax:
		return fmt.Errorf("nats: Options.Replicas is %d, want 1 to %d, or 0 for 1", o.Replicas, replicasMax)
	case o.Storage != jetstream.FileStorage && o.Storage != jetstream.MemoryStorage:
		return fmt.Errorf("nats: Options.Storage is %d, want jetstream.FileStorage or MemoryStorage", o.Storage)
	case o.MaxAge != 0 && o.MaxAge < maxAgeMin:
		return fmt.Errorf("nats: Options.MaxAge is %v, want %v or more, or 0 for %v", o.MaxAge, maxAgeMin, maxAgeDefault)
	case o.MaxBytes != 0 && o.MaxBytes < maxBytesMin:
		return fmt.Errorf("nats: Options.MaxBytes is %d, want %d or more, or 0 for %d", o.MaxBytes, maxBytesMin, maxBytesDefault)
	}
	return nil
}

func (o Options) logger() *slog.Logger {
	if o.Logger == nil {
		return slog.Default()
	}
	return o.Logger
}
