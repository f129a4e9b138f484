package redis

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
)

func TestFollowerGoesOnAfterItsConnectionsWereCut(t *testing.T) {
	s := newServer(t)
	p := newProxy(t, s)
	direct, b := s.open(Options{}), s.open(Options{URL: p.url()})
	entries := newEntries("entry", 200)
	f := follow(t, b, htmxrt.Position{})
	for i, e := range entries {
		publish(t, direct, e)
		if i%20 == 10 {
			p.cut()
		}
	}
	f.wants(entries...)
}

// A connection on which nothing comes any more looks as one on which nothing
// happens.
func TestDeafConnectionIsFound(t *testing.T) {
	s := newServer(t)
	p := newProxy(t, s)
	direct, b := s.open(Options{}), s.open(Options{URL: p.url()})
	entries := newEntries("entry", 5)
	f := follow(t, b, htmxrt.Position{})
	publish(t, direct, entries[0])
	f.wants(entries[0])
	p.deafen()
	publish(t, direct, entries[1:3]...)
	p.hear()
	f.wants(entries[1:3]...)

	publish(t, b, entries[3])
	f.wants(entries[3])
	p.deafen()
	start := time.Now()
	if _, err := b.Publish(t.Context(), entries[4]); err == nil {
		t.Error("Publish succeeds on a deaf connection")
	}
	if took, most := time.Since(start), 5*quick.patience; took > most {
		t.Errorf("Publish fails after %v, want %v at most", took, most)
	}
	p.hear()
	f.wants(entries[4]) // the server has it
	fence := newEntry("fence")
	publish(t, b, fence)
	f.wants(fence)
}

// What was given up is not in the log twice.
func TestPublishIsSentOnce(t *testing.T) {
	s := newServer(t)
	p := newProxy(t, s)
	direct, b := s.open(Options{}), s.open(Options{URL: p.url()})
	entry, fence := newEntry("entry"), newEntry("fence")
	p.deafen()
	if _, err := b.Publish(t.Context(), entry); err == nil {
		t.Error("Publish succeeds on a deaf connection")
	}
	p.hear()
	publish(t, direct, fence)
	follow(t, direct, htmxrt.Position{}).wants(entry, fence)
}

func TestFollowerGoesOnWhereAnswersMustBeSmall(t *testing.T) {
	s := newServer(t)
	b := s.open(Options{})
	entries := newEntries("entry", 100)
	for i := range entries {
		entries[i].Data = []byte(strings.Repeat("x", 64<<10))
	}
	publish(t, b, entries...)
	// Without a limit on this, one slow reader takes all the server's memory.
	s.do("CONFIG", "SET", "client-output-buffer-limit", "normal 1000000 0 0")
	follow(t, b, htmxrt.Position{}).wants(entries...)
}

func TestCallsEndWithTheirContext(t *testing.T) {
	s := newServer(t)
	slow := quick
	slow.patience = 10 * guard
	b, err := open(t.Context(), Options{URL: s.url(), Namespace: "test"}, slow)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	publish(t, b, newEntry("entry"))
	s.pause()
	for name, call := range map[string]func(context.Context) error{
		"Publish": func(ctx context.Context) error {
			_, err := b.Publish(ctx, newEntry("entry"))
			return err
		},
		"State": func(ctx context.Context) error {
			_, err := b.State(ctx)
			return err
		},
		"Open": func(ctx context.Context) error {
			_, err := open(ctx, Options{URL: s.url(), Namespace: "test"}, slow)
			return err
		},
		"Follow": func(ctx context.Context) error {
			return b.Follow(ctx, htmxrt.Position{}, func(htmxrt.Position, htmxrt.Entry) error { return nil })
		},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		result := make(chan error)
		go func() { result <- call(ctx) }() // ends with ctx, which is what is tested
		if err := receive(t, name+" to end with its context", result); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s = %v, want %v", name, err, context.DeadlineExceeded)
		}
		cancel()
	}
}
