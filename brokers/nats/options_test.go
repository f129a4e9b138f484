package nats_test

import (
	"strings"
	"testing"
	"time"

	natsgo "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/htmxrt/htmxrt/brokers/nats"
)

func TestOptionsOutOfRangeAreAnErrorThatNamesTheField(t *testing.T) {
	for _, tt := range []struct {
		name  string
		field string
		o     nats.Options
	}{
		{"no server", "Options.URL", nats.Options{Namespace: "app"}},
		{"two servers", "Options.Conn", nats.Options{URL: "nats://x", Conn: new(natsgo.Conn), Namespace: "app"}},
		{"options of no URL", "Options.Connect", nats.Options{Conn: new(natsgo.Conn), Connect: []natsgo.Option{natsgo.Name("x")}, Namespace: "app"}},
		{"no namespace", "Options.Namespace is required", nats.Options{URL: "nats://x"}},
		{"capitals", "Options.Namespace", nats.Options{URL: "nats://x", Namespace: "App"}},
		{"a dot", "Options.Namespace", nats.Options{URL: "nats://x", Namespace: "a.b"}},
		{"a wildcard", "Options.Namespace", nats.Options{URL: "nats://x", Namespace: "a>"}},
		{"a space", "Options.Namespace", nats.Options{URL: "nats://x", Namespace: "a b"}},
		{"long", "Options.Namespace", nats.Options{URL: "nats://x", Namespace: strings.Repeat("a", 33)}},
		{"a line", "Options.Namespace", nats.Options{URL: "nats://x", Namespace: "a\n"}},
		{"many replicas", "Options.Replicas", nats.Options{URL: "nats://x", Namespace: "app", Replicas: 6}},
		{"few replicas", "Options.Replicas", nats.Options{URL: "nats://x", Namespace: "app", Replicas: -1}},
		{"no such storage", "Options.Storage", nats.Options{URL: "nats://x", Namespace: "app", Storage: jetstream.StorageType(7)}},
		{"young", "Options.MaxAge", nats.Options{URL: "nats://x", Namespace: "app", MaxAge: time.Millisecond}},
		{"negative age", "Options.MaxAge", nats.Options{URL: "nats://x", Namespace: "app", MaxAge: -time.Hour}},
		{"small", "Options.MaxBytes", nats.Options{URL: "nats://x", Namespace: "app", MaxBytes: 1000}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b, err := nats.Open(t.Context(), tt.o)
			if err == nil {
				b.Close()
			}
			if err == nil || !strings.Contains(err.Error(), tt.field) {
				t.Errorf("Open() = %v, want an error with %q", err, tt.field)
			}
		})
	}
}
