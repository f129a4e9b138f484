package htmxrt

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A node that is killed says nothing any more; its users leave within 20 s, and
// the same at all nodes.
func TestUsersOfAKilledNodeLeave(t *testing.T) {
	for round := range 5 { // beats are spread
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newNodes(t, 3, Window{})
				newPage(user("ada"), "room").open(s.hubs[0])
				newPage(user("bob"), "room").open(s.hubs[1])
				pass(time.Duration(round)*time.Second + 20*time.Second)
				s.wantHere("room", "ada 1, bob 1")

				s.kill(s.hubs[0])
				pass(9 * time.Second)
				s.wantHere("room", "ada 1, bob 1") // it may be slow
				pass(11 * time.Second)
				s.wantHere("room", "bob 1")
			})
		})
	}
}

// Who was at a node of which a new one reads nothing but that, leaves as well.
func TestUsersOfANodeThatWasNeverHeardLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newNodes(t, 1, Window{Count: 1})
		pass(time.Second) // its beat is trimmed by the statement
		newPage(user("ada"), "room").open(s.hubs[0])
		pass(time.Second)
		s.kill(s.hubs[0])
		s.start(Options{})
		s.wantHere("room", "ada 1")
		pass(20 * time.Second)
		s.wantHere("room", "")
	})
}

// A node that was taken for dead says again who is there.
func TestNodeThatWasDeclaredDownRestates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newNodes(t, 2, Window{})
		newPage(user("ada"), "room").open(s.hubs[0])
		pass(time.Second)
		down := &statement{node: s.hubs[1].node.id, gone: s.hubs[0].node.id}
		for range 2 { // a second time is no harm
			if err := s.hubs[1].publish(context.Background(), &message{kind: kindDown, statement: down}); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			s.wantHere("room", "")
			pass(gather)
			s.wantHere("room", "ada 1")
		}
	})
}

// A node that comes when the log does not reach back to the joins learns them
// from the others, at once, as its beat is new to them.
func TestNewNodeLearnsWhoIsHere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newNodes(t, 2, Window{Count: 4})
		newPage(user("ada"), "room").open(s.hubs[0])
		newPage(user("bob"), "room").open(s.hubs[1])
		pass(time.Second)
		fill := func() {
			for range 4 {
				if err := s.hubs[0].Send(context.Background(), "other", Text("x"), Everyone()); err != nil {
					t.Fatal(err)
				}
			}
		}
		fill()
		late := s.start(Options{})
		if got := here(late, "room"); got != "" {
			t.Fatalf("the log still has the joins: %q", got)
		}
		pass(time.Second)
		s.wantHere("room", "ada 1, bob 1")
		if got := len(*s.told[late]); got != 2 {
			t.Errorf("it was told %d events, want 2 joins", got)
		}
	})
}

// Every 30 s at most a node says again who is there, and who is not: what a node
// never heard comes right.
func TestRoundsPutRight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newNodes(t, 2, Window{})
		newPage(user("ada"), "room").open(s.hubs[0])
		pass(time.Second)
		wrong := newRoster() // of a node that heard of somebody who had left, and not of ada
		wrong.apply(Position{Lo: 1}, kindJoin, &statement{node: s.hubs[0].node.id, members: []attendee{
			{tab: newTabID(newTab()), user: User{ID: "ghost"}, topics: []string{"room"}},
		}})
		p := s.hubs[1].presence
		p.mu.Lock()
		p.roster = wrong
		p.mu.Unlock()
		if got := here(s.hubs[1], "room"); got != "ghost 1" {
			t.Fatalf("%q", got)
		}
		pass(30 * time.Second)
		s.wantHere("room", "ada 1")
	})
}

// Of a topic with many tabs only their number is known, and no name is told;
// when they become fewer the names are there again.
func TestLargeRoomKeepsCountsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newNodes(t, 0, Window{})
		a, b := s.start(Options{Limits: Limits{Presence: 10}}), s.start(Options{Limits: Limits{Presence: 10}})
		var pages []*page
		for i := range 30 {
			p := newPage(user(fmt.Sprintf("u%02d", i)), "room")
			p.open(s.hubs[i%2])
			pages = append(pages, p)
			pass(100 * time.Millisecond)
		}
		for _, h := range s.hubs {
			if list, n := h.Present("room"), h.PresentCount("room"); list != nil || n != 30 {
				t.Errorf("%d tabs and %v, want 30 and no list", n, list)
			}
			if n := len(h.presence.roster.users); n != 10 {
				t.Errorf("%d names are kept, want 10", n)
			}
		}
		for _, p := range pages[5:25] {
			p.end(true)
		}
		pass(time.Second)
		s.wantHere("room", "u00 1, u01 1, u02 1, u03 1, u04 1, u25 1, u26 1, u27 1, u28 1, u29 1")
		for i := range *s.told[a] {
			if got, want := (*s.told[a])[i], (*s.told[b])[i]; got.Topic != want.Topic || got.User.ID != want.User.ID || got.Kind != want.Kind {
				t.Fatalf("event %d is %v and %v", i, got, want)
			}
		}
	})
}

// When the log is lost everybody is stated anew, at once.
func TestPresenceSurvivesTheLossOfTheLog(t *testing.T) {
	for _, other := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := newNodes(t, 2, Window{})
			newPage(user("ada"), "room").open(s.hubs[0])
			left := newPage(user("bob"), "room")
			left.open(s.hubs[1])
			pass(time.Second)
			left.end(false)
			pass(6 * time.Second)
			s.wantHere("room", "ada 1, bob 1~")
			for _, h := range s.hubs {
				h.presence.restart(other)
			}
			pass(gather)
			s.wantHere("room", "ada 1, bob 1~")
			pass(presenceGrace)
			s.wantHere("room", "ada 1")
			told := *s.told[s.hubs[0]]
			if !slices.ContainsFunc(told, func(e PresenceEvent) bool { return e.Kind == PresenceReset }) {
				t.Errorf("told %v, want a reset", told)
			}
		})
	}
}

// What cannot be written is written later.
func TestStatementsAreTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := NewMemoryBroker(Window{})
		b := &failing{Broker: log}
		h, err := New(Options{Broker: b, Presence: func(string) bool { return true }})
		if err != nil {
			t.Fatal(err)
		}
		defer h.Shutdown(context.Background())
		b.fails.Store(true)
		newPage(user("ada"), "room").open(h)
		pass(10 * time.Second)
		if got := here(h, "room"); got != "" {
			t.Fatalf("present without the log: %q", got)
		}
		b.fails.Store(false)
		pass(time.Second + 2*gather)
		if got := here(h, "room"); got != "ada 1" {
			t.Errorf("%q", got)
		}
	})
}

// Without Options.Presence nothing is written and nobody works.
func TestPresenceIsOffUnlessAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, err := New(Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer h.Shutdown(context.Background())
		before := h.Cursor()
		p := newPage(user("ada"), "room")
		p.open(h)
		pass(time.Minute)
		p.end(false)
		pass(time.Minute)
		if h.Cursor() != before || h.presence != nil || h.Present("room") != nil || h.PresentCount("room") != 0 || h.Online("ada") {
			t.Error("presence is on")
		}
	})
}

// A name is cut and a user id is not told where they are longer than they should be.
func TestStatedUser(t *testing.T) {
	long := strings.Repeat("é", 200)
	if got := statedUser(SignedIn(User{ID: "1", Name: "x" + long})); got.ID != "1" || got.Name != "x"+long[:254] {
		t.Errorf("%q", got)
	}
	if got := statedUser(SignedIn(User{ID: long, Name: "x"})); got.ID != "" || got.Name != "" {
		t.Errorf("%q", got)
	}
}
