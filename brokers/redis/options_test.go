package redis

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
)

func TestOptionsOutOfRangeAreNamed(t *testing.T) {
	const url = "redis://user:secret@localhost:6379"
	for _, tt := range []struct {
		o    Options
		want string
	}{
		{Options{Namespace: "app"}, "Options.URL"},
		{Options{Namespace: "app", URL: "http://user:secret@host"}, "Options.URL"},
		{Options{Namespace: "app", URL: "redis://user:secret@host:port"}, "Options.URL"},
		{Options{Namespace: "app", URL: "redis://user:secret@host/secret"}, "Options.URL"},
		{Options{URL: url}, "Options.Namespace"},
		{Options{URL: url, Namespace: "My App"}, "Options.Namespace"},
		{Options{URL: url, Namespace: "{app}"}, "Options.Namespace"},
		{Options{URL: url, Namespace: strings.Repeat("a", 33)}, "Options.Namespace"},
		{Options{URL: url, Namespace: "app", MaxAge: time.Millisecond}, "Options.MaxAge"},
		{Options{URL: url, Namespace: "app", MaxAge: -1}, "Options.MaxAge"},
		{Options{URL: url, Namespace: "app", MaxAge: 31 * 24 * time.Hour}, "Options.MaxAge"},
		{Options{URL: url, Namespace: "app", MaxLen: -1}, "Options.MaxLen"},
		{Options{URL: url, Namespace: "app", MaxLen: 100_000_001}, "Options.MaxLen"},
	} {
		_, err := Open(t.Context(), tt.o)
		if err == nil || !strings.HasPrefix(err.Error(), "redis: ") || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("Open(%+v) = %v, want an error that names %s", tt.o, err, tt.want)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("Open(%+v) = %v, which holds the password", tt.o, err)
		}
	}
}

func TestDefaultsAreThoseOfTheWindow(t *testing.T) {
	o, _, err := Options{URL: "redis://host", Namespace: "app"}.complete()
	if err != nil || o.MaxAge != 10*time.Minute || o.MaxLen != 65_536 || o.Logger == nil {
		t.Errorf("complete() = %+v, %v", o, err)
	}
}

func TestOpenSaysWhatIsWrongWithTheServer(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := free.Addr().String()
	free.Close()
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections, and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()

	s := newServer(t)
	s.do("ACL", "SETUSER", "app", "on", ">secret", "~*", "+@all")
	s.do("ACL", "SETUSER", "weak", "on", ">secret", "~*", "+@all", "-xadd", "-xtrim")
	s.do("SET", "{string}:htmxrt:log", "something else")
	s.do("XADD", "{stream}:htmxrt:log", "*", "some", "thing")
	closed := newServer(t, "--requirepass", "secret")
	replica := newServer(t, "--replicaof", "127.0.0.1 "+nobody[strings.LastIndex(nobody, ":")+1:])
	for _, tt := range []struct {
		name, url, namespace string
		want                 []string
	}{
		{"nobody is there", "redis://user:secret@" + nobody, "app", []string{"Options.URL redis://" + nobody, "refused"}},
		{"nobody answers", "redis://user:secret@" + silent.Addr().String(), "app", []string{"Options.URL redis://" + silent.Addr().String(), "does not answer"}},
		{"wrong password", "redis://app:secretive@" + s.addr(), "app", []string{"Options.URL", s.url(), "password"}},
		{"no password", closed.url(), "app", []string{"Options.URL", closed.url(), "password"}},
		{"no permission", "redis://weak:secret@" + s.addr(), "app", []string{"Options.URL", s.url(), "README.md"}},
		{"a replica", replica.url(), "app", []string{"Options.URL", "replica", "primary"}},
		{"another kind of value", s.url(), "string", []string{"Options.Namespace", s.url()}},
		{"another's stream", s.url(), "stream", []string{"Options.Namespace", s.url(), "{stream}:htmxrt:log"}},
		{"no such database", s.url() + "/99", "app", []string{s.url() + "/99", "DB index"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			start := time.Now()
			b, err := open(t.Context(), Options{URL: tt.url, Namespace: tt.namespace, Logger: slog.New(slog.DiscardHandler)}, quick)
			if err == nil {
				b.Close()
				t.Fatal("Open succeeds")
			}
			for _, want := range append(tt.want, "redis: ") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("Open() = %v, want an error that says %q", err, want)
				}
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("Open() = %v, which holds the password", err)
			}
			if took := time.Since(start); took > 5*quick.patience {
				t.Errorf("Open() took %v", took)
			}
		})
	}
}

func TestOpenWarnsOfEviction(t *testing.T) {
	for _, tt := range []struct {
		policy string
		want   string
	}{
		{"allkeys-lru", "level=WARN msg=\"redis: the server may evict"},
		{"volatile-lru", ""}, // the log has no expiry
		{"noeviction", ""},
	} {
		t.Run(tt.policy, func(t *testing.T) {
			s := newServer(t, "--maxmemory-policy", tt.policy)
			var log bytes.Buffer
			s.open(Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
			if got := log.String(); (tt.want == "") != (got == "") || !strings.Contains(got, tt.want) {
				t.Errorf("logged %q, want %q", got, tt.want)
			}
		})
	}
}

// permissions are what README.md tells operators to give.
const permissions = "~{app}:htmxrt:log* +xadd +xread +xrange +xrevrange +xtrim +xinfo +xgroup|create +renamenx +set +del +multi +exec +ping"

func TestPermissionsOfTheReadmeAreEnough(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Replace(permissions, "{app}", "{chat}", 1); !strings.Contains(string(readme), want) {
		t.Errorf("README.md does not say %q", want)
	}
	s := newServer(t)
	s.do(append([]string{"ACL", "SETUSER", "app", "on", ">secret"}, strings.Fields(permissions)...)...)
	var log bytes.Buffer
	b := s.open(Options{
		URL: "redis://app:secret@" + s.addr(), Namespace: "app", MaxAge: time.Second,
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	f := follow(t, b, htmxrt.Position{})
	entries := newEntries("entry", 20)
	publish(t, b, entries[:19]...)
	f.wants(entries[:19]...)
	publish(t, b, entries[19])
	f.wants(entries[19])
	if err := b.renew(t.Context(), state(t, b).ID); err != nil {
		t.Errorf("a new id after a rollback: %v", err)
	}
	if got := log.String(); !strings.Contains(got, "level=INFO") || !strings.Contains(got, "maxmemory-policy") || strings.Contains(got, "secret") {
		t.Errorf("logged %q, want that the policy cannot be read", got)
	}
}

func TestCredentialsMayChange(t *testing.T) {
	s := newServer(t)
	s.do("ACL", "SETUSER", "app", "on", ">first", "~*", "+@all")
	password := make(chan string, 1)
	password <- "first"
	b := s.open(Options{Credentials: func() (string, string, error) {
		p := <-password
		password <- p
		return "app", p, nil
	}})
	entries := newEntries("entry", 2)
	publish(t, b, entries[0])
	<-password
	s.do("ACL", "SETUSER", "app", "resetpass", ">second")
	password <- "second"
	s.do("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
	publish(t, b, entries[1])
	follow(t, b, htmxrt.Position{}).wants(entries...)

	<-password
	broken := errors.New("the vault is sealed")
	_, err := open(context.Background(), Options{URL: s.url(), Namespace: "app", Credentials: func() (string, string, error) {
		return "", "", broken
	}}, quick)
	if !errors.Is(err, broken) {
		t.Errorf("Open() = %v, want %v", err, broken)
	}
	password <- "second"
}
