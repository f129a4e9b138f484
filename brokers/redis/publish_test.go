package redis

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/htmxrt/htmxrt/htmxrt"
)

func TestPublishIsAllOrNoneWhenTheMemoryIsFull(t *testing.T) {
	s := newServer(t)
	b := s.open(Options{})
	entries := newEntries("entry", 3)
	publish(t, b, entries...)
	s.do("CONFIG", "SET", "maxmemory", "1")
	for _, n := range []int{1, 3} {
		_, err := b.Publish(t.Context(), newEntries("refused", n)...)
		if err == nil || !strings.Contains(err.Error(), "maxmemory") {
			t.Errorf("Publish of %d = %v, want an error that names maxmemory", n, err)
		}
	}
	f := follow(t, b, htmxrt.Position{})
	f.wants(entries...)
	s.do("CONFIG", "SET", "maxmemory", "0")
	fence := newEntry("fence")
	publish(t, b, fence)
	f.wants(fence)
}

func TestPublishOfWhatTheServerDoesNotTake(t *testing.T) {
	s := newServer(t, "--proto-max-bulk-len", "1mb")
	b := s.open(Options{})
	most, more := newEntry(strings.Repeat("x", 1<<20)), newEntry(strings.Repeat("x", 1<<20+1))
	for _, list := range [][]htmxrt.Entry{{more}, {newEntry("small"), most}} {
		if _, err := b.Publish(t.Context(), list...); !errors.Is(err, htmxrt.ErrTooLarge) || !strings.Contains(err.Error(), "proto-max-bulk-len") {
			t.Errorf("Publish() = %v, want %v and what to raise", err, htmxrt.ErrTooLarge)
		}
	}
	if _, err := b.Publish(t.Context()); err == nil {
		t.Error("Publish of nothing succeeds")
	}
	publish(t, b, most)
	follow(t, b, htmxrt.Position{}).wants(most)
}

// A storm of sends is no storm of connections.
func TestPublishTakesFewConnections(t *testing.T) {
	s := newServer(t, "--maxclients", "40")
	b, err := open(t.Context(), Options{URL: s.url(), Namespace: "test"}, timing{patience: guard})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	var wg sync.WaitGroup
	for range 300 {
		wg.Go(func() {
			if _, err := b.Publish(t.Context(), newEntries("entry", 10)...); err != nil {
				t.Errorf("Publish: %v", err)
			}
		})
	}
	wg.Wait()
}

// One answer holds readBytes about, whatever the size of entries.
func TestReadsAdaptToTheSizeOfEntries(t *testing.T) {
	large, small := make([]record, 500), make([]record, 500)
	for i := range large {
		large[i].entry.Data = make([]byte, 64<<10)
	}
	f := &follower{count: readCount}
	f.adapt(large)
	if got, want := f.count, readBytes/(64<<10); got != want {
		t.Errorf("the next read asks for %d entries of 64 KiB, want %d", got, want)
	}
	for range 3 {
		f.adapt(small)
	}
	if f.count != readCount {
		t.Errorf("a read after small entries asks for %d, want %d", f.count, readCount)
	}
}
