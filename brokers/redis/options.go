package redis

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"regexp"
	"time"

	"github.com/redis/rueidis"
)

const (
	// As htmxrt.Window: what a node replays from its own memory must also be
	// there for a node that starts.
	maxAgeDefault = 10 * time.Minute
	maxLenDefault = 65_536

	maxAgeLeast, maxAgeMost = time.Second, 30 * 24 * time.Hour
	maxLenMost              = 100_000_000
)

// Options say where the log is and how much of it is kept. Nodes of one app
// have the same. Zero fields mean the default where there is one.
type Options struct {
	// URL of the server, required: redis://user:password@host:6379/0, or
	// rediss:// for TLS; master_set=name in its query makes it Sentinel's.
	// The user needs the commands that README.md lists.
	URL string

	// Namespace names the app, required, the same on all its nodes: 1 to 32
	// of [a-z0-9_-], the first a letter or digit. Two apps with one namespace
	// on one server have one log.
	Namespace string

	// MaxAge is how long entries are kept, by the server's clock: default
	// 10 min, 1 s to 30 days. Older ones go when a node that follows has read
	// newer ones, never earlier. It should be no shorter than the hubs'
	// Options.Window.Age, nor than a node's longest absence.
	MaxAge time.Duration

	// MaxLen is how many entries are kept at most: default 65,536, up to
	// 100,000,000. The server's memory must hold that many.
	MaxLen int

	// TLS replaces the settings that rediss:// implies, for instance with a
	// certificate authority of one's own. Nil: the system's.
	TLS *tls.Config

	// Credentials returns user and password for each new connection, for
	// those that change; it may be called from many goroutines. Nil: those of
	// URL.
	Credentials func() (user, password string, err error)

	// Logger receives outages and settings of the server that endanger the
	// log. Nil: slog.Default().
	Logger *slog.Logger
}

var namespace = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,31}$`)

// complete returns o with its defaults, and what they mean to the client. An
// error names the field, and never holds the URL's password.
func (o Options) complete() (Options, rueidis.ClientOption, error) {
	var client rueidis.ClientOption
	switch {
	case o.URL == "":
		return o, client, errors.New("redis: Options.URL is required, such as redis://user:password@host:6379/0")
	case o.Namespace == "":
		return o, client, errors.New("redis: Options.Namespace is required: it keeps two apps on one server apart")
	case !namespace.MatchString(o.Namespace):
		return o, client, fmt.Errorf("redis: Options.Namespace is %q, want 1 to 32 of [a-z0-9_-], the first a letter or digit", o.Namespace)
	}
	client, err := rueidis.ParseURL(o.URL)
	if err != nil { // which may quote the URL
		return o, client, errors.New("redis: Options.URL is not a URL of a Redis server, want redis://user:password@host:6379/0")
	}
	if o.MaxAge == 0 {
		o.MaxAge = maxAgeDefault
	}
	if o.MaxAge < maxAgeLeast || o.MaxAge > maxAgeMost {
		return o, client, fmt.Errorf("redis: Options.MaxAge is %v, want %v to %v, or 0 for %v", o.MaxAge, maxAgeLeast, maxAgeMost, maxAgeDefault)
	}
	if o.MaxLen == 0 {
		o.MaxLen = maxLenDefault
	}
	if o.MaxLen < 1 || o.MaxLen > maxLenMost {
		return o, client, fmt.Errorf("redis: Options.MaxLen is %d, want 1 to %d, or 0 for %d", o.MaxLen, maxLenMost, maxLenDefault)
	}
	if o.TLS != nil {
		client.TLSConfig = o.TLS.Clone()
	}
	if credentials := o.Credentials; credentials != nil {
		client.AuthCredentialsFn = func(rueidis.AuthCredentialsContext) (rueidis.AuthCredentials, error) {
			user, password, err := credentials()
			return rueidis.AuthCredentials{Username: user, Password: password}, err
		}
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return o, client, nil
}

// server returns URL without user, password and query, for errors and logs.
func (o Options) server() string {
	u, err := url.Parse(o.URL)
	if err != nil {
		return "Options.URL"
	}
	u.User, u.RawQuery = nil, ""
	return u.String()
}
