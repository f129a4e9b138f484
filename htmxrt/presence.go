package htmxrt

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/a-h/templ"
)

// Presence is a user who is here: one of their tabs follows the topic, or did
// until a moment ago.
type Presence struct {
	// User has ID and Name, the latter cut at 256 bytes. Attrs do not travel.
	User User
	// Tabs is how many of their tabs are here, those among them that are away.
	Tabs int
	// Away: none of them has had an open stream for 5 s. After 30 s they have left.
	Away bool
}

// Attendance is who follows a topic, as of one place in the log.
type Attendance struct {
	// Users are those who are signed in, sorted by name, then ID. There are
	// none when more than Limits.Presence tabs are here.
	Users []Presence
	// Guests is how many tabs of others are here, and of those who are not
	// listed: all, when there are too many.
	Guests int
	// Tabs is how many tabs are here.
	Tabs int
}

// Present returns the users who follow topic, on any node, sorted by name, then
// ID. It is nil unless Options.Presence names topic, and when more than
// Limits.Presence tabs are there: then only PresentCount tells. It does not wait.
func (h *Hub) Present(topic string) []Presence { return h.Attendance(topic).Users }

// PresentCount returns how many tabs follow topic, on any node, whoever they
// belong to. Viewers of unknown identity do not count.
func (h *Hub) PresentCount(topic string) int {
	p := h.presence
	if p == nil {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if x := p.roster.rooms[topic]; x != nil {
		return x.tabs
	}
	return 0
}

// Attendance returns who follows topic, on any node.
func (h *Hub) Attendance(topic string) Attendance {
	if h.presence == nil {
		return Attendance{}
	}
	a, _ := h.presence.attendance(topic)
	return a
}

// PresenceView returns what Options.PresenceView makes of topic now, nil without
// one. A panic of it is the component's render error.
func (h *Hub) PresenceView(topic string) templ.Component {
	if h.opts.PresenceView == nil {
		return nil
	}
	c, err := h.viewPresence(topic, h.Attendance(topic))
	if err == nil && c == nil {
		err = fmt.Errorf("%w: Options.PresenceView returns nil", ErrContent)
	}
	if err != nil {
		return templ.ComponentFunc(func(context.Context, io.Writer) error { return err })
	}
	return c
}

// viewPresence calls Options.PresenceView; a panic is an error.
func (h *Hub) viewPresence(topic string, here Attendance) (c templ.Component, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: Options.PresenceView: panic: %v", ErrContent, p)
		}
	}()
	return h.opts.PresenceView(topic, here), nil
}

// Online reports whether a user follows any topic that Options.Presence names,
// on any node. A user who is nowhere but in topics with too many tabs is not.
func (h *Hub) Online(userID string) bool {
	p := h.presence
	if p == nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.roster.users[userID] > 0
}

// presence keeps who is here: what the log says, of all nodes, and what is so
// at this one. Where the two differ, settle writes to the log.
type presence struct {
	hub    *Hub
	node   nodeID
	topics func(string) bool
	limit  int
	teller *teller       // nil: nobody wants to know
	wake   chan struct{} // has room for one: there is something to settle

	mu      sync.Mutex // guards the fields below; held by the hub's follow, so nothing is called under it
	roster  *roster
	read    Position            // of the last statement read
	tabs    map[tabID]*tab      // at this node, open or not long closed
	closed  map[string][]*tab   // those of users without an open stream, by user
	touched map[tabID]struct{}  // whose tabs may differ from the roster
	all     bool                // all may
	waiting [2]queue[closing]   // for away, and for leaving
	silent  map[nodeID]struct{} // to be declared down
	known   map[nodeID]struct{} // whose beats were read
	round   uint64              // the last one stated
	restate bool                // a round is due
	beats   int                 // of this node since the last round
	failing bool                // the log does not take statements
}

// Times and bounds of presence.
const (
	// awayAfter covers reconnects: EventSource's own wait is 3 s.
	awayAfter = 5 * time.Second
	// presenceGrace covers a page that is loaded anew, and a phone in a tunnel.
	presenceGrace = 30 * time.Second
	// gather is how long changes are collected before they are stated.
	gather = 50 * time.Millisecond
	// roundBeats is how many beats lie between two rounds: at most 30 s, and
	// never the same time, since beats are spread.
	roundBeats = 6
	// knownMax bounds the nodes remembered; forgetting one costs a round.
	knownMax = 1024
)

func newPresence(h *Hub) *presence {
	if h.opts.Presence == nil {
		return nil
	}
	p := &presence{
		hub: h, node: h.node.id, topics: h.opts.Presence, limit: h.opts.Limits.Presence,
		wake:    make(chan struct{}, 1),
		roster:  newRoster(),
		tabs:    make(map[tabID]*tab),
		closed:  make(map[string][]*tab),
		touched: make(map[tabID]struct{}),
		silent:  make(map[nodeID]struct{}),
		known:   make(map[nodeID]struct{}),
		beats:   rand.N(roundBeats),
	}
	if h.opts.OnPresence != nil || h.opts.PresenceView != nil {
		p.teller = newTeller(p)
	}
	return p
}

// attendance returns who follows topic, and up to where that was read.
func (p *presence) attendance(topic string) (Attendance, Position) {
	p.mu.Lock()
	defer p.mu.Unlock()
	x := p.roster.rooms[topic]
	if x == nil {
		return Attendance{}, p.read
	}
	a := Attendance{Guests: x.tabs, Tabs: x.tabs}
	if x.tabs > p.limit {
		return a, p.read
	}
	for _, id := range slices.Sorted(maps.Keys(x.users)) {
		if u := x.users[id]; id != "" {
			a.Users = append(a.Users, Presence{User: u.user, Tabs: u.tabs, Away: u.isAway()})
			a.Guests -= u.tabs
		}
	}
	slices.SortStableFunc(a.Users, func(a, b Presence) int { return cmp.Compare(a.User.Name, b.User.Name) })
	return a, p.read
}

func (a *attendance) isAway() bool { return a.tabs > 0 && a.away == a.tabs }

// apply reads a statement. It is called by the hub's follow, in the log's order.
func (p *presence) apply(pos Position, k kind, s *statement) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.read = pos
	list := p.roster.apply(pos, k, s)
	for _, d := range list {
		crowded := d.room.tabs > p.limit
		if d.room.crowded && !crowded { // there is room for names again
			p.all = true
		}
		d.room.crowded = crowded
	}
	p.compare(k, s)
	p.teller.note(list, s.node == p.node)
	if k == kindDown && s.node == p.node {
		p.teller.adopt(p.roster, s.gone)
	}
	p.rouse()
}

// compare notes which tabs of this node a statement concerns. p.mu is held.
func (p *presence) compare(k kind, s *statement) {
	switch k {
	case kindJoin:
		for i := range s.members {
			p.joined(s, &s.members[i])
		}
	case kindLeave:
		for _, id := range s.tabs {
			if p.tabs[id] != nil {
				p.touched[id] = struct{}{}
			}
		}
	case kindDown:
		delete(p.silent, s.gone)
		delete(p.known, s.gone)
		p.hub.node.forget(s.gone)
		p.all = true // some may have been claimed by the one that is gone, or were this node's
	}
	if s.node != p.node {
		p.hub.node.hear(s.node, time.Now())
	}
}

// joined notes that a tab was stated. p.mu is held.
func (p *presence) joined(s *statement, a *attendee) {
	m, t := p.roster.tabs[a.tab], p.tabs[a.tab]
	for _, other := range p.closed[a.user.ID] { // a tab of the same user may take its place
		p.touched[other.id] = struct{}{}
	}
	if m == nil || m.node != p.node && t == nil {
		return
	}
	p.touched[a.tab] = struct{}{}
	if t == nil {
		return
	}
	t.lost = m.node != p.node
	t.stated = t.stated || !t.lost
	t.claim = m.claim
}

// beat notes that a node's beat was read.
func (p *presence) beat(n nodeID) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if n == p.node {
		p.beats++
	}
	_, known := p.known[n]
	if p.beats >= roundBeats || !known && n != p.node { // a new node wants to know who is here
		p.beats = 0
		p.restate = true
		p.rouse()
	}
	if len(p.known) >= knownMax {
		clear(p.known)
	}
	p.known[n] = struct{}{}
}

// tick notes which nodes are silent. It is called every second on a shared log.
func (p *presence) tick(now time.Time) {
	if p == nil {
		return
	}
	gone := p.hub.node.silent(now)
	if len(gone) == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, n := range gone {
		p.silent[n] = struct{}{}
	}
	p.rouse()
}

// restart forgets what the log said: it is read anew, or is another one.
func (p *presence) restart(other bool) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.roster, p.read = newRoster(), Position{}
	clear(p.silent)
	clear(p.known)
	p.all = true
	for _, t := range p.tabs {
		if t.lost = false; other { // its position means nothing now
			t.claim, t.closedAt = Position{}, Position{}
		}
	}
	p.teller.restart()
	p.rouse()
}

// rouse wakes keep if there is something to settle. p.mu is held.
func (p *presence) rouse() {
	if !p.all && !p.restate && len(p.touched) == 0 && len(p.silent) == 0 {
		return
	}
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// keep is the goroutine that states what has changed at this node, and what
// other nodes cannot state any more. The hub owns it; Shutdown ends it by ctx
// and waits for it.
func (p *presence) keep(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-p.wake:
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		select {
		case <-time.After(gather):
		case <-ctx.Done():
			return
		}
		if next := p.settle(ctx); next > 0 {
			timer.Reset(next)
		}
	}
}
