package htmxrt

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A page that glances away, or goes to another node, is here all the time: its
// users are told of nobody who leaves, and of nobody who comes.
func TestGlanceAwayShowsNobodyLeaving(t *testing.T) {
	for name, away := range map[string]func(s *nodes, p *page){
		"reconnect": func(s *nodes, p *page) {
			p.end(false)
			pass(3 * time.Second)
			p.open(s.hubs[0])
		},
		"on another node": func(s *nodes, p *page) {
			p.end(false)
			pass(3 * time.Second)
			p.open(s.hubs[1])
		},
		"on another node, and the old one notices late": func(s *nodes, p *page) {
			before := *p
			p.open(s.hubs[1])
			pass(time.Minute)
			before.end(false)
		},
		"there and back": func(s *nodes, p *page) {
			for i := range 6 {
				p.end(false)
				pass(time.Second)
				p.open(s.hubs[i%2])
				pass(time.Duration(i) * time.Second)
			}
		},
		"there and back, and the first stream lingers": func(s *nodes, p *page) {
			lingers := *p
			p.open(s.hubs[1])
			pass(time.Second)
			elsewhere := *p
			p.open(s.hubs[0])
			pass(time.Second)
			elsewhere.end(false)
			pass(time.Minute)
			lingers.end(false)
		},
		"another page of the same user": func(s *nodes, p *page) {
			p.end(false)
			pass(time.Second)
			*p = *newPage(p.who, p.topics...)
			p.open(s.hubs[1])
		},
		"the node shuts down": func(s *nodes, p *page) {
			p.end(false)
			s.hubs[0].Shutdown(context.Background())
			s.hubs = s.hubs[1:]
			pass(2 * time.Second)
			p.open(s.hubs[0])
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newNodes(t, 2, Window{})
				first := s.hubs[1]
				p := newPage(user("ada"), "room")
				p.open(s.hubs[0])
				pass(time.Second)
				away(s, p)
				pass(2 * time.Minute)
				s.wantHere("room", "ada 1")
				if log, _ := s.log.State(t.Context()); log.Last.Lo > 150 { // 72 beats in 3 min, and 12 rounds
					t.Errorf("%d entries: somebody states the same again and again", log.Last.Lo)
				}
				if told := *s.told[first]; len(told) != 1 || told[0].Kind != PresenceJoin {
					t.Errorf("told %v, want that ada has joined", told)
				}
			})
		})
	}
}

// Whoever goes from page to page has one tab, as soon as the next page is there.
func TestNextPageTakesThePlaceOfTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newNodes(t, 2, Window{})
		p := newPage(user("ada"), "room")
		p.open(s.hubs[0])
		other := newPage(user("ada"), "room")
		other.open(s.hubs[0])
		pass(time.Second)
		p.end(false)
		pass(time.Second)
		s.wantHere("room", "ada 2")
		newPage(p.who, p.topics...).open(s.hubs[1])
		pass(2 * gather)
		s.wantHere("room", "ada 2")
	})
}

// Who is away for longer is shown as away after 5 s, and leaves after 30.
func TestGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newNodes(t, 2, Window{})
		p := newPage(user("ada"), "room")
		p.open(s.hubs[0])
		pass(time.Second)
		p.end(false)
		pass(awayAfter)
		s.wantHere("room", "ada 1")
		pass(gather)
		s.wantHere("room", "ada 1~")
		p.open(s.hubs[1])
		pass(gather)
		s.wantHere("room", "ada 1")
		p.end(false)
		pass(presenceGrace)
		s.wantHere("room", "ada 1~")
		pass(gather)
		s.wantHere("room", "")
		if s.hubs[0].Online("ada") || len(s.hubs[1].presence.tabs) > 0 || len(s.hubs[0].presence.tabs) > 0 {
			t.Error("something is left")
		}
		want := "join away back away leave"
		var kinds []string
		for _, e := range *s.told[s.hubs[1]] {
			kinds = append(kinds, e.Kind.String())
		}
		if got := strings.Join(kinds, " "); got != want {
			t.Errorf("told %q, want %q", got, want)
		}
	})
}

// Two tabs of a user whose connections break at once do not take each other for
// the page that the user has gone on to.
func TestTabsThatBreakTogetherKeepTheirGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newNodes(t, 2, Window{})
		a, b, c := newPage(user("ada"), "room"), newPage(user("ada"), "room"), newPage(user("ada"), "room")
		a.open(s.hubs[0])
		b.open(s.hubs[1])
		c.open(s.hubs[0])
		pass(time.Second)
		s.wantHere("room", "ada 3")
		for _, p := range []*page{a, b, c} {
			p.end(false)
		}
		pass(10 * time.Second)
		s.wantHere("room", "ada 3~")
		pass(presenceGrace)
		s.wantHere("room", "")
	})
}

// Whoever is logged out has no grace.
func TestLogoutLeavesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newNodes(t, 2, Window{})
		p := newPage(user("ada"), "room")
		p.open(s.hubs[0])
		pass(time.Second)
		p.end(true)
		pass(gather)
		s.wantHere("room", "")
	})
}

// A stream that ends before anybody heard of it leaves no trace in the log.
func TestShortStreamsAreNotStated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newNodes(t, 1, Window{})
		pass(time.Second)
		before := s.hubs[0].Cursor()
		for range 100 {
			p := newPage(Anonymous(), "room")
			p.open(s.hubs[0])
			p.end(false)
		}
		newPage(Identity{}, "room").open(s.hubs[0]) // nobody knows who
		newPage(user("ada"), "quiet").open(s.hubs[0])
		pass(time.Second)
		if after := s.hubs[0].Cursor(); after != before {
			t.Error("something was written")
		}
		if n := len(s.hubs[0].presence.tabs); n > 0 {
			t.Errorf("%d tabs are kept", n)
		}
	})
}
