package htmxrt

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestNewNamesTheOptionOutOfRange(t *testing.T) {
	tests := []struct {
		field string
		opts  Options
	}{
		{"Options.Key", Options{Key: make([]byte, 31)}},
		{"Options.OldKeys[1]", Options{OldKeys: [][]byte{make([]byte, 32), nil}}},
		{"Options.Anonymous", Options{Anonymous: 7}},
		{"Options.Heartbeat", Options{Heartbeat: -1}},
		{"Options.WriteTimeout", Options{WriteTimeout: time.Nanosecond}},
		{"Options.Revalidate", Options{Revalidate: -time.Second}},
		{"Options.MaxAge", Options{MaxAge: time.Millisecond}},
		{"Options.Window.Age", Options{Window: Window{Age: -1}}},
		{"Options.Window.Bytes", Options{Window: Window{Bytes: 1}}},
		{"Options.Window.Count", Options{Window: Window{Count: -1}}},
		{"Options.Limits.Message", Options{Limits: Limits{Message: 1<<20 + 1}}},
		{"Options.Limits.AnonymousMessage", Options{Limits: Limits{AnonymousMessage: -1}}},
		{"Options.Limits.Response", Options{Limits: Limits{Response: -1}}},
		{"Options.Limits.Topics", Options{Limits: Limits{Topics: 65}}},
		{"Options.Limits.StreamsPerIdentity", Options{Limits: Limits{StreamsPerIdentity: -1}}},
		{"Options.Limits.StreamsPerIP", Options{Limits: Limits{StreamsPerIP: -1}}},
		{"Options.Limits.Streams", Options{Limits: Limits{Streams: -1}}},
		{"Options.Key", Options{Broker: sharedBroker{NewMemoryBroker(Window{})}}},
	}
	for _, tt := range tests {
		t.Run(tt.field, func(t *testing.T) {
			h, err := New(tt.opts)
			if err == nil {
				h.Shutdown(context.Background())
			}
			if err == nil || !strings.Contains(err.Error(), tt.field) {
				t.Errorf("New = %v, want an error that names %s", err, tt.field)
			}
		})
	}
}

// sharedBroker says that other nodes read its log too.
type sharedBroker struct{ *MemoryBroker }

func (b sharedBroker) State(ctx context.Context) (LogState, error) {
	s, err := b.MemoryBroker.State(ctx)
	s.Shared = true
	return s, err
}

func TestZeroOptionsAreTheDocumentedDefaults(t *testing.T) {
	got, err := Options{}.complete()
	if err != nil {
		t.Fatal(err)
	}
	if got.Heartbeat != 15*time.Second || got.WriteTimeout != 10*time.Second || got.Revalidate != 30*time.Second ||
		got.MaxAge != time.Hour || got.Window != (Window{Bytes: 32 << 20, Count: 65_536, Age: 10 * time.Minute}) {
		t.Errorf("defaults = %+v", got)
	}
	want := Limits{
		Message: 256 << 10, AnonymousMessage: 16 << 10, Response: 4 << 20, Topics: 64,
		StreamsPerIdentity: 16, StreamsPerIP: 64, Streams: 50_000, Presence: 1_000,
	}
	if got.Limits != want {
		t.Errorf("limits = %+v, want %+v", got.Limits, want)
	}
}
