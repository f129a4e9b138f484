package nats_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/htmxrt/htmxrt/brokers/nats"
	"github.com/htmxrt/htmxrt/htmxrt"
)

// tooLarge fails the test unless Publish is ErrTooLarge and names the setting.
func tooLarge(t *testing.T, b *nats.Broker, setting string, entries ...htmxrt.Entry) {
	t.Helper()
	if _, err := b.Publish(t.Context(), entries...); !errors.Is(err, htmxrt.ErrTooLarge) || !strings.Contains(err.Error(), setting) {
		t.Errorf("Publish() = %v, want %v, and %s", err, htmxrt.ErrTooLarge, setting)
	}
}

func TestEntriesOverTheServersLimitAreTooLarge(t *testing.T) {
	e := newEngine(t, func(o *server.Options) { o.MaxPayload = 64 << 10 })
	b := open(t, nats.Options{URL: e.url(), Namespace: "app"})
	half := strings.Repeat("x", 40<<10)
	tooLarge(t, b, "max_payload", newEntry(half+half))
	tooLarge(t, b, "max_payload", newEntry(half), newEntry(half)) // together: they are one message
	one := newEntry(half)
	publish(t, b, one)
	edit(t, e, "app", func(c *jetstream.StreamConfig) { c.MaxMsgSize = 1 << 10 })
	tooLarge(t, b, "max_msg_size", newEntry(half))
	small := newEntry("small")
	publish(t, b, small)
	wants(t, b, htmxrt.Position{}, one, small)
}

func TestPublishOfNothingIsAnError(t *testing.T) {
	b := open(t, nats.Options{URL: newEngine(t).url(), Namespace: "app"})
	if pos, err := b.Publish(t.Context()); err == nil {
		t.Errorf("Publish() = %v, nil", pos)
	}
}

// What is sent again after an unclear error is stored once; others that share an
// entry with it are others.
func TestEntriesPublishedAgainAreStoredOnce(t *testing.T) {
	b := open(t, nats.Options{URL: newEngine(t).url(), Namespace: "app"})
	x, y, z := newEntry("x"), newEntry("y"), newEntry("z")
	first := publish(t, b, x, y)
	if again := publish(t, b, x, y); again != first {
		t.Errorf("Publish() = %v, and again %v", first, again)
	}
	publish(t, b, x, z)
	wants(t, b, htmxrt.Position{}, x, y, x, z)
}
