package htmxrt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

var errCut = errors.New("cut off")

// link is one node's way to a log that several share. It can be cut, so that
// the node is dead to the others, and then notes nothing any more.
type link struct {
	log *MemoryBroker

	mu     sync.Mutex // guards the fields below
	cut    context.Context
	kill   context.CancelFunc
	hub    *Hub
	states map[Position]string // the roster behind each position
}

func newLink(log *MemoryBroker) *link {
	l := &link{log: log, states: make(map[Position]string)}
	l.cut, l.kill = context.WithCancel(context.Background())
	return l
}

func (l *link) Publish(ctx context.Context, entries ...Entry) (Position, error) {
	if l.cut.Err() != nil {
		return Position{}, errCut
	}
	return l.log.Publish(ctx, entries...)
}

func (l *link) Follow(ctx context.Context, after Position, deliver func(Position, Entry) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(l.cut, stop)()
	return l.log.Follow(ctx, after, func(pos Position, e Entry) error {
		if l.cut.Err() != nil {
			return errCut
		}
		err := deliver(pos, e)
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.hub != nil {
			l.states[pos] = l.hub.presence.describe()
		}
		return err
	})
}

func (l *link) State(ctx context.Context) (LogState, error) {
	if l.cut.Err() != nil {
		return LogState{}, errCut
	}
	s, err := l.log.State(ctx)
	s.Shared = true
	return s, err
}

func (l *link) Close() error { l.kill(); return nil }

// describe returns all that a roster says, as text.
func (p *presence) describe() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var lines []string
	for id, m := range p.roster.tabs {
		lines = append(lines, fmt.Sprintf("%x at %x: %v", id[:3], m.node[:3], m.attendee()))
	}
	for topic, x := range p.roster.rooms {
		for _, id := range slices.Sorted(maps.Keys(x.users)) {
			lines = append(lines, fmt.Sprintf("%s %d %q: %d %d", topic, x.tabs, id, x.users[id].tabs, x.users[id].away))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// nodes are hubs that share a log.
type nodes struct {
	t    *testing.T
	log  *MemoryBroker
	hubs []*Hub
	told map[*Hub]*[]PresenceEvent // by OnPresence, guarded by the bubble's Wait
}

func newNodes(t *testing.T, n int, window Window) *nodes {
	s := &nodes{t: t, log: NewMemoryBroker(window), told: make(map[*Hub]*[]PresenceEvent)}
	for range n {
		s.start(Options{Window: window})
	}
	return s
}

// start starts one more node.
func (s *nodes) start(o Options) *Hub {
	s.t.Helper()
	l := newLink(s.log)
	var told []PresenceEvent
	o.Broker, o.Key, o.Logger = l, make([]byte, keyMin), slog.New(slog.NewTextHandler(io.Discard, nil))
	o.Presence = func(topic string) bool { return topic != "quiet" }
	o.OnPresence = func(_ context.Context, e PresenceEvent) { told = append(told, e) }
	h, err := New(o)
	if err != nil {
		s.t.Fatal(err)
	}
	l.mu.Lock()
	l.hub = h
	l.mu.Unlock()
	s.hubs = append(s.hubs, h)
	s.told[h] = &told
	s.t.Cleanup(func() { h.Shutdown(context.Background()) })
	return h
}

// kill cuts a node off for good, as if its process had been killed.
func (s *nodes) kill(h *Hub) {
	h.broker.(*link).kill()
	s.hubs = slices.DeleteFunc(s.hubs, func(o *Hub) bool { return o == h })
}

// page is one tab of a user, wherever it is connected.
type page struct {
	who    Identity
	topics []string
	tab    string
	at     *Hub
	client *Client
}

func newPage(who Identity, topics ...string) *page {
	slices.Sort(topics)
	return &page{who: who, topics: topics, tab: newTab()}
}

// open opens the page's stream at h, as Hub.stream does.
func (p *page) open(h *Hub) {
	p.at, p.client = h, newClient(viewer{who: p.who}, subscription{topics: p.topics, tab: p.tab})
	h.presence.enter(p.client)
}

// end ends it.
func (p *page) end(final bool) {
	p.at.presence.leave(p.client, final)
	p.at, p.client = nil, nil
}

func user(id string) Identity { return SignedIn(User{ID: id, Name: "Name of " + id}) }

// here returns the users in topic as "id", with their tabs, and "~" for away.
func here(h *Hub, topic string) string {
	var list []string
	for _, p := range h.Present(topic) {
		text := fmt.Sprintf("%s %d", p.User.ID, p.Tabs)
		if p.Away {
			text += "~"
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}

// wantHere compares who is in topic, at all nodes.
func (s *nodes) wantHere(topic, want string) {
	s.t.Helper()
	for i, h := range s.hubs {
		if got := here(h, topic); got != want {
			s.t.Errorf("node %d has %q in %q, want %q", i, got, topic, want)
		}
	}
}

// pass lets time pass and everything come to rest.
func pass(d time.Duration) {
	time.Sleep(d) // in a bubble
	synctest.Wait()
}

// Nodes that are killed, that come new, pages that wander: whatever happens, all
// nodes agree at every position of the log, and in the end with the truth.
func TestPresenceIsTheSameAtEveryPosition(t *testing.T) {
	for seed := range uint64(10) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := rand.New(rand.NewPCG(seed, 1))
				s := newNodes(t, 3, Window{})
				first := slices.Clone(s.hubs)
				var pages []*page
				for i := range 12 {
					who := user(fmt.Sprint("u", i%5))
					if i%5 == 4 {
						who = Anonymous()
					}
					pages = append(pages, newPage(who, []string{"room", "hall", "quiet"}[:1+r.IntN(3)]...))
				}
				for range 120 {
					p := pages[r.IntN(len(pages))]
					h := s.hubs[r.IntN(len(s.hubs))]
					switch n := r.IntN(100); {
					case n < 60 && p.at == nil:
						p.open(h)
					case n < 60:
						p.end(r.IntN(10) == 0)
					case n < 80 && p.at != nil: // its old node notices later
						before := *p
						p.open(h)
						before.end(false)
					case n < 82 && len(s.hubs) > 2:
						for _, p := range pages {
							if p.at == h {
								p.at = nil
							}
						}
						s.kill(h)
					case n < 84:
						s.start(Options{})
					}
					pass(time.Duration(r.IntN(4000)) * time.Millisecond)
				}
				pass(time.Minute) // what is to leave has left

				truth := make(map[string]int)
				for _, p := range pages {
					if user, ok := p.who.User(); ok && p.at != nil {
						for _, topic := range p.topics {
							truth[topic+" "+user.ID]++
						}
					}
				}
				for _, topic := range []string{"hall", "room"} {
					var want []string
					for i := range 5 {
						if n := truth[fmt.Sprint(topic, " u", i)]; n > 0 {
							want = append(want, fmt.Sprintf("u%d %d", i, n))
						}
					}
					s.wantHere(topic, strings.Join(want, ", "))
				}
				s.wantHere("quiet", "")
				s.wantAgreed(first)
			})
		})
	}
}

// wantAgreed compares what nodes knew at each position that they read, and what
// they told the application.
func (s *nodes) wantAgreed(hubs []*Hub) {
	s.t.Helper()
	all := make(map[Position]string)
	for h := range s.told {
		l := h.broker.(*link)
		for pos, state := range l.states {
			if have, ok := all[pos]; ok && have != state {
				s.t.Fatalf("at %v one node has\n%s\nanother\n%s", pos, have, state)
			}
			all[pos] = state
		}
	}
	if len(all) < 50 {
		s.t.Errorf("only %d positions were compared", len(all))
	}
	longest := *s.told[hubs[0]]
	for _, h := range hubs {
		if list := *s.told[h]; len(list) > len(longest) {
			longest = list
		}
	}
	for _, h := range hubs { // one that was killed was told the beginning
		for i, e := range *s.told[h] {
			want := longest[i]
			if e.Local = want.Local; fmt.Sprint(e) != fmt.Sprint(want) {
				s.t.Fatalf("event %d is %v at one node and %v at another", i, e, want)
			}
		}
	}
}
