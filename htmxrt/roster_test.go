package htmxrt

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
)

var (
	nodeA, nodeB = nodeID{'A'}, nodeID{'B'}
	tab1         = tabID{1}
)

// stated is a statement with its kind.
type stated struct {
	kind kind
	statement
}

func comes(n nodeID, claim uint64) stated {
	return stated{kindJoin, statement{node: n, round: 5, members: []attendee{
		{tab: tab1, user: User{ID: "ada"}, topics: []string{"room"}, claim: Position{Lo: claim}},
	}}}
}

func goes(n nodeID) stated { return stated{kindLeave, statement{node: n, tabs: []tabID{tab1}}} }

// Where statements of two nodes cross, the tab is where it went last.
func TestTabsAreWhereTheyWentLast(t *testing.T) {
	tests := map[string]struct {
		log  []stated // the first is at position 1
		want nodeID   // zero: nowhere
	}{
		"it moves":                             {[]stated{comes(nodeA, 0), comes(nodeB, 0)}, nodeB},
		"a round of the old node comes late":   {[]stated{comes(nodeA, 0), comes(nodeB, 0), comes(nodeA, 1)}, nodeB},
		"the old node's farewell comes late":   {[]stated{comes(nodeA, 0), comes(nodeB, 0), goes(nodeA)}, nodeB},
		"it comes back":                        {[]stated{comes(nodeA, 0), comes(nodeB, 0), comes(nodeA, 0)}, nodeA},
		"it leaves":                            {[]stated{comes(nodeA, 0), comes(nodeB, 0), goes(nodeB)}, nodeID{}},
		"seen from the middle, in a bad round": {[]stated{comes(nodeA, 1), comes(nodeB, 2)}, nodeB},
		"both claim the same":                  {[]stated{comes(nodeA, 1), comes(nodeB, 1)}, nodeA},
		"its node is down":                     {[]stated{comes(nodeA, 0), {kindDown, statement{node: nodeB, gone: nodeA}}}, nodeID{}},
		"another node is down":                 {[]stated{comes(nodeA, 0), comes(nodeB, 0), {kindDown, statement{node: nodeB, gone: nodeA}}}, nodeB},
		"its node's round ends without it":     {[]stated{comes(nodeA, 0), {kindJoin, statement{node: nodeA, round: 6, last: true}}}, nodeID{}},
		"that of another node does":            {[]stated{comes(nodeA, 0), {kindJoin, statement{node: nodeB, round: 6, last: true}}}, nodeA},
		"a round ends that is older than it":   {[]stated{comes(nodeA, 0), {kindJoin, statement{node: nodeA, round: 4, last: true}}}, nodeA},
		"an old round ends late":               {[]stated{comes(nodeA, 0), {kindJoin, statement{node: nodeA, round: 5, last: true}}}, nodeA},
	}
	for name, tt := range tests {
		r := newRoster()
		for i, s := range tt.log {
			r.apply(Position{Lo: uint64(i + 1)}, s.kind, &s.statement)
		}
		var got nodeID
		if m := r.tabs[tab1]; m != nil {
			got = m.node
		}
		if got != tt.want {
			t.Errorf("%s: at %c, want %c", name, got[0], tt.want[0])
		}
	}
}

// Whatever is stated, what a roster counts is what its tabs add up to, and two
// rosters tell of the same changes in the same order.
func TestRosterAgreesWithItsTabs(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	one, two := newRoster(), newRoster()
	for i := range uint64(5000) {
		s := randomStatement(r, i)
		pos := Position{Lo: i + 1}
		a := summary(one.apply(pos, s.kind, &s.statement))
		if b := summary(two.apply(pos, s.kind, &s.statement)); a != b {
			t.Fatalf("at %v one tells\n%s\nanother\n%s", pos, a, b)
		}
		again := newRoster()
		for _, m := range one.tabs {
			a := m.attendee()
			again.join(pos, &statement{node: m.node}, &a)
		}
		again.changes(pos, nodeA)
		if a, b := one.counts(), again.counts(); !reflect.DeepEqual(a, b) {
			t.Fatalf("at %v it counts\n%v\nwant\n%v", pos, a, b)
		}
	}
}

func randomStatement(r *rand.Rand, i uint64) stated {
	s := statement{node: nodeID{byte('A' + r.IntN(3))}, gone: nodeID{byte('A' + r.IntN(3))}, round: i / 20}
	s.last = r.IntN(20) == 0
	for range r.IntN(4) {
		a := attendee{tab: tabID{byte(r.IntN(12))}, away: r.IntN(3) == 0, topics: []string{"hall", "room", "yard"}[:1+r.IntN(3)]}
		if n := r.IntN(4); n > 0 {
			a.user = User{ID: fmt.Sprint(n), Name: fmt.Sprint("name ", r.IntN(2))}
		}
		if r.IntN(2) == 0 {
			a.claim = Position{Lo: uint64(r.Int64N(int64(i + 1)))}
		}
		s.members = append(s.members, a)
		s.tabs = append(s.tabs, a.tab)
	}
	k := kindJoin
	switch r.IntN(10) {
	case 0:
		k = kindDown
	case 1, 2, 3:
		k = kindLeave
	}
	return stated{k, s}
}

func summary(list []difference) (text string) {
	for _, d := range list {
		text += fmt.Sprintf("%s %q %d/%d to %d/%d\n", d.room.topic, d.who().ID, d.before.away, d.before.tabs, d.after.away, d.after.tabs)
	}
	return text
}

// counts returns what r keeps beside its tabs.
func (r *roster) counts() map[string]int {
	list := make(map[string]int)
	for id, n := range r.users {
		list["user "+id] = n
	}
	for n, of := range r.nodes {
		list[fmt.Sprintf("node %c", n[0])] = len(of)
	}
	for topic, x := range r.rooms {
		list[topic] = x.tabs
		for id, a := range x.users {
			list[topic+" "+id] = a.tabs
			list[topic+" "+id+" away"] = a.away
		}
	}
	return list
}
