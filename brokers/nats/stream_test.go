package nats_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/htmxrt/htmxrt/brokers/nats"
	"github.com/htmxrt/htmxrt/htmxrt"
)

func TestAStreamThatBreaksThePromisesIsRefusedAndNotChanged(t *testing.T) {
	for _, tt := range []struct {
		name   string
		text   string
		change func(*jetstream.StreamConfig)
		o      nats.Options
	}{
		{name: "not ours", text: "htmxrt.log", change: func(c *jetstream.StreamConfig) { c.Metadata = nil }},
		{name: "other subjects", text: "subjects", change: func(c *jetstream.StreamConfig) { c.Subjects = []string{"htmxrt.app.>"} }},
		{name: "discard new", text: "discards new", change: func(c *jetstream.StreamConfig) { c.Discard = jetstream.DiscardNew }},
		{name: "messages per subject", text: "per subject", change: func(c *jetstream.StreamConfig) { c.MaxMsgsPerSubject = 10 }},
		{name: "a work queue", text: "retention", change: func(c *jetstream.StreamConfig) { c.Retention = jetstream.WorkQueuePolicy }},
		{name: "no acknowledgements", text: "acknowledge", change: func(c *jetstream.StreamConfig) { c.NoAck = true }},
		{name: "a mirror", text: "subjects", change: func(c *jetstream.StreamConfig) {
			c.Subjects, c.Mirror = nil, &jetstream.StreamSource{Name: "other"}
		}},
		{name: "sources", text: "other streams", change: func(c *jetstream.StreamConfig) {
			c.Sources = []*jetstream.StreamSource{{Name: "other"}}
		}},
		{name: "changed subjects", text: "changes subjects", change: func(c *jetstream.StreamConfig) {
			c.SubjectTransform = &jetstream.SubjectTransformConfig{Source: "htmxrt.app.log", Destination: "other.log"}
		}},
		{name: "memory", text: "Options.Storage", change: func(c *jetstream.StreamConfig) { c.Storage = jetstream.MemoryStorage }},
		{name: "replicas", text: "Options.Replicas", o: nats.Options{Replicas: 3}},
		{name: "age", text: "Options.MaxAge", o: nats.Options{MaxAge: time.Minute}},
		{name: "bytes", text: "Options.MaxBytes", o: nats.Options{MaxBytes: 2 << 20}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := newEngine(t)
			js := e.admin(t)
			if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "other"}); err != nil {
				t.Fatal(err)
			}
			cfg := jetstream.StreamConfig{
				Name: "HTMXRT_app", Subjects: []string{"htmxrt.app.log"},
				MaxAge: time.Hour, MaxBytes: 4 << 20, Metadata: map[string]string{"htmxrt.log": "by-hand"},
			}
			if tt.change != nil {
				tt.change(&cfg)
			}
			before, err := js.CreateStream(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			tt.o.URL, tt.o.Namespace = e.url(), "app"
			refused(t, tt.o, "HTMXRT_app", tt.text, "nothing was changed")
			after, err := js.Stream(t.Context(), "HTMXRT_app")
			if err != nil {
				t.Fatal(err)
			}
			if x, y := before.CachedInfo().Config, after.CachedInfo().Config; !reflect.DeepEqual(x, y) {
				t.Errorf("the stream was %+v and is %+v", x, y)
			}
		})
	}
}

func TestAStreamIsCreatedAsTheOptionsSay(t *testing.T) {
	e := newEngine(t)
	open(t, nats.Options{URL: e.url(), Namespace: "usual"})
	open(t, nats.Options{
		URL: e.url(), Namespace: "own",
		Replicas: 1, Storage: jetstream.MemoryStorage, MaxAge: time.Hour, MaxBytes: 3 << 20,
	})
	js := e.admin(t)
	for _, want := range []struct {
		name     string
		storage  jetstream.StorageType
		age      time.Duration
		bytes    int64
		replicas int
	}{
		{"HTMXRT_usual", jetstream.FileStorage, 10 * time.Minute, 64 << 20, 1},
		{"HTMXRT_own", jetstream.MemoryStorage, time.Hour, 3 << 20, 1},
	} {
		s, err := js.Stream(t.Context(), want.name)
		if err != nil {
			t.Fatal(err)
		}
		c := s.CachedInfo().Config
		if c.Storage != want.storage || c.MaxAge != want.age || c.MaxBytes != want.bytes || c.Replicas != want.replicas ||
			c.Discard != jetstream.DiscardOld || c.MaxMsgsPerSubject > 0 || !c.DenyDelete || c.Duplicates != 2*time.Minute {
			t.Errorf("created %+v, want %+v", c, want)
		}
	}
}

// Limits that an operator has set stay, when the options say nothing.
func TestAnOperatorsLimitsStay(t *testing.T) {
	e := newEngine(t)
	o := nats.Options{URL: e.url(), Namespace: "app"}
	entry := newEntry("entry")
	publish(t, open(t, o), entry)
	edit(t, e, "app", func(c *jetstream.StreamConfig) { c.MaxAge, c.MaxBytes, c.MaxMsgs = time.Hour, 8<<20, 100 })
	wants(t, open(t, o), htmxrt.Position{}, entry)
}

func TestTwoNamespacesAreTwoLogs(t *testing.T) {
	e := newEngine(t)
	one := open(t, nats.Options{URL: e.url(), Namespace: "one"})
	two := open(t, nats.Options{URL: e.url(), Namespace: "two"})
	x, y := newEntry("of one"), newEntry("of two")
	publish(t, one, x)
	publish(t, two, y)
	wants(t, one, htmxrt.Position{}, x)
	wants(t, two, htmxrt.Position{}, y)
	if s, u := state(t, one), state(t, two); s.ID == u.ID {
		t.Errorf("both logs have the id %q", s.ID)
	}
}

// In memory a log ends with its server: what is there afterwards is another one.
func TestMemoryStorageIsLostWithARestart(t *testing.T) {
	e := newEngine(t)
	b := open(t, nats.Options{URL: e.url(), Namespace: "app", Storage: jetstream.MemoryStorage})
	before := state(t, b)
	last := publish(t, b, newEntry("entry"))
	e.restart()
	fails(t, b, last, htmxrt.ErrLogLost)
	if after := state(t, b); after.ID == before.ID || after.Last != (htmxrt.Position{}) {
		t.Errorf("State() = %+v, before %+v; want another ID and no entries", after, before)
	}
	entry := newEntry("new")
	publish(t, b, entry)
	wants(t, b, htmxrt.Position{}, entry)
}

// A log that is created anew with the metadata of the old one is another one.
func TestAStreamCreatedAnewIsAnotherLog(t *testing.T) {
	e := newEngine(t)
	b := open(t, nats.Options{URL: e.url(), Namespace: "app"})
	before := state(t, b)
	js := e.admin(t)
	s, err := js.Stream(t.Context(), "HTMXRT_app")
	if err != nil {
		t.Fatal(err)
	}
	if err := js.DeleteStream(t.Context(), "HTMXRT_app"); err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateStream(t.Context(), s.CachedInfo().Config); err != nil {
		t.Fatal(err)
	}
	fails(t, b, htmxrt.Position{}, htmxrt.ErrLogLost)
	if after := state(t, b); after.ID == before.ID {
		t.Errorf("State() = %+v, before %+v; want another ID", after, before)
	}
}
