package redis

import (
	"testing"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// Nodes that find at once that a log was restored give it one new id, not each
// its own, which would be a reset for each.
func TestNodesAgreeOnOneNewID(t *testing.T) {
	s := newServer(t)
	var nodes []*Broker
	for range 3 {
		nodes = append(nodes, s.open(Options{}))
	}
	old := state(t, nodes[0]).ID
	for _, b := range nodes {
		if err := b.renew(t.Context(), old); err != nil {
			t.Fatal(err)
		}
	}
	answer := s.do("XINFO", "GROUPS", "{test}:htmxrt:log")
	groups, err := answer.ToArray()
	if err != nil || len(groups) != 2 {
		t.Errorf("the log has %d ids, %v; want the old and one new", len(groups), err)
	}
	for _, b := range nodes {
		if got, want := state(t, b).ID, state(t, nodes[0]).ID; got != want || got == old {
			t.Errorf("the log's id is %q for one and %q for another, it was %q", want, got, old)
		}
	}
}

// Positions that this node never heard of are no proof that the log was restored.
func TestAForeignPositionGivesNoNewID(t *testing.T) {
	s := newServer(t)
	b := s.open(Options{})
	last := publish(t, b, newEntry("entry"))
	before := state(t, b)
	follow(t, b, htmxrt.Position{Hi: last.Hi + 1}).wantsEnd(htmxrt.ErrLogLost)
	if after := state(t, b); after != before {
		t.Errorf("State() = %+v, it was %+v", after, before)
	}
}

// A group that somebody made by hand came before all ids of ours.
func TestTheLatestGroupIsTheLogsID(t *testing.T) {
	s := newServer(t)
	b := s.open(Options{})
	id := state(t, b).ID
	for _, other := range []string{"htmxrt:", "htmxrt:0-early", "htmxrt:late", "other"} {
		s.do("XGROUP", "CREATE", "{test}:htmxrt:log", other, "0")
	}
	if got := state(t, b).ID; got != id {
		t.Errorf("State().ID = %q, want %q", got, id)
	}
}
