package nats_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	natsgo "github.com/nats-io/nats.go"

	"github.com/htmxrt/htmxrt/brokers/nats"
	"github.com/htmxrt/htmxrt/htmxrt"
)

// refused fails the test unless Open fails in time with an error that has the
// texts, and not the secret of the URL.
func refused(t *testing.T, o nats.Options, texts ...string) error {
	t.Helper()
	const secret = "hunter2"
	start := time.Now()
	b, err := nats.Open(t.Context(), o)
	if err == nil {
		b.Close()
		t.Fatal("Open succeeds")
	}
	if took := time.Since(start); took > 7*time.Second {
		t.Errorf("Open fails after %v", took)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("Open() = %v, want %q in it", err, text)
		}
	}
	if strings.Contains(err.Error(), secret) {
		t.Errorf("Open() = %v, which has the secret", err)
	}
	return err
}

func TestOpenFailsWhenNoServerListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	refused(t, nats.Options{URL: "nats://user:hunter2@" + addr, Namespace: "app"}, "nats://"+addr, "Options.URL")
}

// A server that accepts and says nothing is one that hangs.
func TestOpenFailsInTimeWhenTheServerIsSilent(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	refused(t, nats.Options{URL: "nats://hunter2@" + l.Addr().String(), Namespace: "app"}, l.Addr().String(), "Options.URL")

	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	b, err := nats.Open(ctx, nats.Options{URL: "nats://" + l.Addr().String(), Namespace: "app"})
	if err == nil {
		b.Close()
	}
	if took := time.Since(start); err == nil || took > 7*time.Second {
		t.Errorf("Open() = %v after %v, want an error within its context's 100ms", err, took)
	}
}

func TestOpenFailsWithoutTheRightCredentials(t *testing.T) {
	e := newEngine(t, func(o *server.Options) { o.Username, o.Password = "user", "right" })
	refused(t, nats.Options{URL: "nats://user:hunter2@" + e.address, Namespace: "app"}, e.address, "credentials", "Options.Connect")
	refused(t, nats.Options{URL: "nats://" + e.address, Namespace: "app"}, "credentials")
	open(t, nats.Options{
		URL: "nats://" + e.address, Namespace: "app",
		Connect: []natsgo.Option{natsgo.UserInfo("user", "right")},
	})
}

func TestOpenFailsOnWhatIsNotAURL(t *testing.T) {
	for _, url := range []string{"nats://user:hunter2@host:port", "nats://user:hunter2@[::1", "nats://user:hunter2@%zz:1"} {
		refused(t, nats.Options{URL: url, Namespace: "app"}, "Options.URL")
	}
}

func TestOpenFailsWithoutJetStream(t *testing.T) {
	e := newEngine(t, func(o *server.Options) { o.JetStream = false })
	refused(t, nats.Options{URL: e.url(), Namespace: "app"}, e.address, "jetstream")
}

func TestAConnectionThatWasGivenStaysOpen(t *testing.T) {
	e := newEngine(t)
	conn, err := natsgo.Connect(e.url())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	b := open(t, nats.Options{Conn: conn, Namespace: "app"})
	entry := newEntry("entry")
	if _, err := b.Publish(t.Context(), entry); err != nil {
		t.Fatal(err)
	}
	wants(t, b, htmxrt.Position{}, entry)
	if err := b.Close(); err != nil {
		t.Errorf("Close() = %v", err)
	}
	if !conn.IsConnected() {
		t.Error("Close has closed the connection that it was given")
	}
	if _, err := b.Publish(t.Context(), entry); !errors.Is(err, htmxrt.ErrClosed) {
		t.Errorf("Publish() = %v, want %v", err, htmxrt.ErrClosed)
	}
}
