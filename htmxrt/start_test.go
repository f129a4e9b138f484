package htmxrt

import (
	"context"
	"net/http"
	"net/http/httptest"
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
	h.window.append(&m.place, m) // and offered; the head is stored next

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
