package htmxrttest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/htmxrt/htmxrt/htmxrt"
)

func testNewLog(t *testing.T, b htmxrt.Broker) {
	s := state(t, b)
	if zero := (htmxrt.Position{}); s.ID == "" || s.First != zero || s.Last != zero || s.Base != zero {
		t.Errorf("State() = %+v, want an ID and no positions", s)
	}
}

func (s BrokerSuite) testTwoLogs(t *testing.T, b htmxrt.Broker) {
	other := s.Open(t)
	defer other.Close()
	if x, y := state(t, b).ID, state(t, other).ID; x == y {
		t.Errorf("both logs have the id %q", x)
	}
}

func testState(t *testing.T, b htmxrt.Broker) {
	before := state(t, b)
	positions := publishEach(t, b, newEntries("entry", 3)...)
	s := state(t, b)
	if s.First != positions[0] || s.Last != positions[2] || s.Base != (htmxrt.Position{}) {
		t.Errorf("State() = %+v, want it from %v to %v", s, positions[0], positions[2])
	}
	if s.ID != before.ID || s.Shared != before.Shared {
		t.Errorf("State() = %+v, before %+v; want the same ID and Shared", s, before)
	}
}

func testPublishPosition(t *testing.T, b htmxrt.Broker) {
	entries := newEntries("entry", 10)
	one := publish(t, b, entries[0])
	many := publish(t, b, entries[1:]...)
	positions := follow(t, b, htmxrt.Position{}).wants(entries...)
	if one != positions[0] || many != positions[9] {
		t.Errorf("Publish() = %v and %v, want %v and %v", one, many, positions[0], positions[9])
	}
	for i, p := range positions[1:] {
		if p.Compare(positions[i]) <= 0 {
			t.Errorf("%v is delivered after %v", p, positions[i])
		}
	}
}

func testPublishEndedContext(t *testing.T, b htmxrt.Broker) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	batch, last := newEntries("batch", 3), newEntry("last")
	_, err := b.Publish(ctx, batch...)
	publish(t, b, last)
	f := follow(t, b, htmxrt.Position{})
	var ids [][16]byte
	for len(ids) == 0 || ids[len(ids)-1] != last.ID {
		ids = append(ids, f.next(1)[0].entry.ID)
	}
	whole := len(ids) == 4 && ids[0] == batch[0].ID && ids[1] == batch[1].ID && ids[2] == batch[2].ID
	if !whole && (err == nil || len(ids) != 1) {
		t.Errorf("Publish() = %v, but the log has %d entries of 3", err, len(ids)-1)
	}
}

// testPublishAgain does what one does whose Publish has ended with an error that
// leaves open whether the entries are in the log.
func testPublishAgain(t *testing.T, b htmxrt.Broker) {
	batch, between, last := newEntries("batch", 3), newEntry("between"), newEntry("last")
	first := publish(t, b, batch...)
	publish(t, b, between)
	again := publish(t, b, batch...)
	publish(t, b, last)
	f := follow(t, b, htmxrt.Position{})
	if pos := f.wants(batch...)[2]; pos != first {
		t.Errorf("Publish() = %v, but its last entry lies at %v", first, pos)
	}
	f.wants(between)
	if d := f.next(1)[0]; d.entry.ID == batch[0].ID { // a second time
		first = f.wants(batch[1:]...)[1]
		f.wants(last)
	} else if d.entry.ID != last.ID {
		t.Fatalf("%.40q lies where the last entry should", d.entry.Data)
	}
	if again != first {
		t.Errorf("Publish() of the same entries again = %v, but the last of them lies at %v", again, first)
	}
}

const (
	publishers = 8
	batches    = 50 // of each publisher
	batchSize  = 20
)

// publishMany publishes batches from all publishers at once.
func publishMany(t *testing.T, b htmxrt.Broker) {
	var wg sync.WaitGroup
	for p := range publishers {
		wg.Go(func() {
			for n := range batches {
				if _, err := b.Publish(t.Context(), newEntries(fmt.Sprintf("%d %d", p, n), batchSize)...); err != nil {
					t.Errorf("Publish: %v", err)
				}
			}
		})
	}
	wg.Wait()
}

func testBatches(t *testing.T, b htmxrt.Broker) {
	publishMany(t, b)
	next := make([]int, publishers) // the batch that is due
	list := follow(t, b, htmxrt.Position{}).next(publishers * batches * batchSize)
	for batch := range slices.Chunk(list, batchSize) {
		var p, n int
		if _, err := fmt.Sscan(string(batch[0].entry.Data), &p, &n); err != nil {
			t.Fatal(err)
		}
		if n != next[p] {
			t.Fatalf("batch %d of publisher %d comes where batch %d is due", n, p, next[p])
		}
		next[p]++
		for i, d := range batch {
			if want := fmt.Sprintf("%d %d %d", p, n, i); string(d.entry.Data) != want {
				t.Fatalf("%q lies where %q should", d.entry.Data, want)
			}
		}
	}
}

func testOneOrder(t *testing.T, b htmxrt.Broker) {
	const followers = 4
	var wg sync.WaitGroup
	seen := make([][]delivery, followers)
	for i := range seen {
		f := follow(t, b, htmxrt.Position{})
		wg.Go(func() { seen[i] = f.next(publishers * batches * batchSize) })
	}
	publishMany(t, b)
	wg.Wait()
	if t.Failed() {
		return
	}
	for i, list := range seen {
		for j, d := range list {
			if j > 0 && d.pos.Compare(list[j-1].pos) <= 0 {
				t.Fatalf("follower %d: %v comes after %v", i, d.pos, list[j-1].pos)
			}
			if d.pos != seen[0][j].pos || d.entry.ID != seen[0][j].entry.ID {
				t.Fatalf("entry %d is %q at %v for one follower and %q at %v for another",
					j, d.entry.Data, d.pos, seen[0][j].entry.Data, seen[0][j].pos)
			}
		}
	}
}

func testBytes(t *testing.T, b htmxrt.Broker) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	var entries []htmxrt.Entry
	for _, data := range []string{
		"", "\x00", "\r\n", string(all), "\xff\xfe", string(bytes.Repeat(all, 4<<10)), // 1 MiB
	} {
		entries = append(entries, newEntry(data))
	}
	given := make([]htmxrt.Entry, len(entries))
	for i, e := range entries {
		given[i] = htmxrt.Entry{ID: e.ID, Data: bytes.Clone(e.Data)}
	}
	publish(t, b, given...)
	clear(given) // the slice is the caller's again
	follow(t, b, htmxrt.Position{}).wants(entries...)
	follow(t, b, htmxrt.Position{}).wants(entries...)
}
