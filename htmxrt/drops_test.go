package htmxrt_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// Entries that a node cannot read are dropped and counted, each of them, and
// logged once a minute: on a log with a foreign writer that is every entry.
func TestForeignEntriesAreCountedAndLoggedNowAndThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, htmxrt.Window{})
		var book logbook
		node := c.node(t, htmxrt.Options{Logger: book.logger()})
		foreign := c.node(t, htmxrt.Options{Key: bytes.Repeat([]byte("f"), 32)})
		stream := node.enter("alice")
		for range 100 {
			everywhere(t, foreign.hub, "foreign")
		}
		synctest.Wait()
		if got := node.hub.Stats().Dropped; got < 100 || got > 110 { // and beats
			t.Errorf("Stats.Dropped = %d, want the 100 and a beat or two", got)
		}
		if got := book.lines("dropped"); len(got) != 1 || !strings.Contains(got[0], "Options.Key") {
			t.Errorf("logged %q, want one line that names Options.Key", got)
		}
		time.Sleep(2*time.Minute + 30*time.Second)
		got := book.lines("dropped")
		if len(got) != 3 || !strings.Contains(got[1], "entries=1") {
			t.Errorf("logged %q in 2.5 min, want three lines, with what was dropped in between", got)
		}
		everywhere(t, node.hub, "ours")
		if got := stream.Next().Data; got != "ours" {
			t.Errorf("received %q", got)
		}
		if node.hub.Stats().Nodes != 1 {
			t.Error("a foreign node counts")
		}
	})
}

// An entry of a later version is dropped where it cannot be read, and keeps its
// place: nodes of two versions run side by side during a deploy.
func TestEntryOfALaterVersionKeepsItsPlace(t *testing.T) {
	log := htmxrt.NewMemoryBroker(htmxrt.Window{})
	var book logbook
	s := newScene(t, htmxrt.Options{Broker: log, Logger: book.logger()})
	stream := s.enter("alice")
	before := s.hub.Cursor()
	for n := range byte(10) {
		if _, err := log.Publish(context.Background(), htmxrt.Entry{ID: [16]byte{n}, Data: []byte{99, 1}}); err != nil {
			t.Fatal(err)
		}
	}
	everywhere(t, s.hub, "fence")
	if got := stream.Next().Data; got != "fence" {
		t.Errorf("received %q", got)
	}
	if stats := s.hub.Stats(); stats.Dropped != 10 || stats.WindowEntries != 11 || s.hub.Cursor() <= before {
		t.Errorf("%+v, want 10 entries dropped and kept in place", stats)
	}
	if got := book.lines("later version"); len(got) != 1 {
		t.Errorf("logged %q, want one line", got)
	}
}
