package htmxrt

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A client that registers when an entry was offered to the others already, but
// is not the head yet, reads it from the window.
func TestStartSeesWhatWasOfferedJustBefore(t *testing.T) {
	h, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Shutdown(context.Background())
	seen := h.Cursor()
	m := &message{kind: kindMessage, topic: "room", audience: audience{named: true, everyone: true}}
	m.place.mark, m.log, m.keys = mark{pos: Position{Lo: 1}, tag: 1}, h.head.Load().log, h.keys
	h.window.append(&m.place, [16]byte{1}, m) // and offered; the head is stored next

	for _, after := range []string{string(seen), ""} {
		c := &Client{tab: newTab(), wake: make(chan struct{}, 1)}
		c.topics.Store(&[]string{"room"})
		r := httptest.NewRequest(http.MethodGet, "/?after="+after, nil)
		from, reset := h.start(r, c)
		got := c.take(make([]*message, 0, pendingMax), from.pos, h.window)
		if reset != nil || after != "" && len(got.batch) != 1 || after == "" && from != &m.place {
			t.Errorf("after %q: from %v with %d messages, %v; want none left out", after, from.pos, len(got.batch), reset)
		}
	}
}

// The cursor that a node gives out for a base that it does not know is good on
// this node and on no other: none knows what the others found there.
func TestCursorOfAnUnknownBaseIsGoodOnOneNode(t *testing.T) {
	var cursors []Cursor
	for range 2 {
		h, err := New(Options{Key: make([]byte, keyMin)})
		if err != nil {
			t.Fatal(err)
		}
		defer h.Shutdown(context.Background())
		h.unfollow()
		h.restart(LogState{ID: "log", Base: Position{Lo: 7}, Last: Position{Lo: 7}})
		cursors = append(cursors, h.Cursor())
		for i, c := range cursors {
			log, m, err := decodeCursor(h.keys, string(c))
			if err != nil {
				t.Fatal(err)
			}
			own := i == len(cursors)-1
			if err := h.window.locate(log, m); (err == nil) != own {
				t.Errorf("cursor of node %d on node %d: %v", i, len(cursors)-1, err)
			}
		}
		h.restart(LogState{ID: "log"})
		if got := h.head.Load().mark; got != (mark{}) {
			t.Errorf("before all entries: %v, want the same on all nodes", got)
		}
	}
}

// unfollow ends the reading of the log, so that a test can do it.
func (h *Hub) unfollow() {
	h.stop()
	<-h.followed
}

func TestReadySaysThatTheLogIsStillRead(t *testing.T) {
	h, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Shutdown(context.Background())
	h.unfollow()
	h.restart(LogState{ID: "log", Last: Position{Lo: 1}})
	if err := h.Ready(); err == nil || !strings.Contains(err.Error(), "reading the log") {
		t.Errorf("Ready = %v, want that the log is being read", err)
	}
	if err := h.deliver(Position{Lo: 1}, Entry{ID: newEntryID()}); err != nil {
		t.Fatal(err)
	}
	if err := h.Ready(); err != nil {
		t.Errorf("Ready = %v when all was read", err)
	}
}
