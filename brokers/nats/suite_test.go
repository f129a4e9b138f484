package nats_test

import (
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/htmxrt/htmxrt/brokers/nats"
	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

// open opens a broker; the test closes it.
func open(t *testing.T, o nats.Options) *nats.Broker {
	t.Helper()
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	b, err := nats.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
	})
	return b
}

func TestBroker(t *testing.T) {
	e := newEngine(t)
	var apps atomic.Int64
	fresh := func() nats.Options {
		return nats.Options{URL: e.url(), Namespace: fmt.Sprint("app-", apps.Add(1))}
	}
	htmxrttest.BrokerSuite{
		Open: func(t *testing.T) htmxrt.Broker { return open(t, fresh()) },
		OpenSmall: func(t *testing.T) htmxrt.Broker {
			o := fresh()
			b := open(t, o)
			edit(t, e, o.Namespace, func(c *jetstream.StreamConfig) { c.MaxMsgs = 8 })
			return b
		},
		Engine: breakable,
	}.Run(t)
}

// breakable is a server that brokers reach through a proxy.
func breakable(t *testing.T) htmxrttest.Engine {
	e := newEngine(t)
	p := newProxy(t, e.address)
	return htmxrttest.Engine{
		Open: func(t *testing.T) htmxrt.Broker {
			return open(t, nats.Options{URL: p.url(), Namespace: "app"})
		},
		Cut:     func(*testing.T) { p.cut() },
		Restart: func(*testing.T) { e.restart() },
		Wipe:    func(*testing.T) { e.wipe() },
		Snapshot: func(*testing.T) func(*testing.T) {
			restore := e.snapshot()
			return func(*testing.T) { restore() }
		},
		Pause: func(t *testing.T) func(*testing.T) {
			resume := p.pause()
			t.Cleanup(resume)
			return func(*testing.T) { resume() }
		},
		Deafen: func(*testing.T) { p.deafen() },
	}
}
