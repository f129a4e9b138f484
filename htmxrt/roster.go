package htmxrt

import (
	"bytes"
	"maps"
	"slices"
)

// roster is who is here, as the log says up to one position. It changes by
// nothing but the statements of the log, so that it is the same on all nodes at
// every position. A roster that began in the middle of the log is the same as
// the others after one round of every node. It is not safe for concurrent use.
type roster struct {
	tabs  map[tabID]*member
	nodes map[nodeID]map[tabID]*member
	rooms map[string]*room
	users map[string]int // tabs by user ID

	noted map[roomUser]attendance // before the statement that is being applied
	order []roomUser              // of noted
}

// member is one tab. A tab is at one node at a time.
type member struct {
	tab   tabID
	node  nodeID
	claim Position
	round uint64 // in which its node stated it last
	user  User   // zero: nobody, or not told
	rooms []*room
	away  bool
}

// room is a topic with somebody in it.
type room struct {
	topic   string
	tabs    int
	users   map[string]*attendance // by user ID, "" for those without
	changed Position               // of the last statement that changed it
	by      nodeID                 // whose that was
	crowded bool                   // over Limits.Presence when it was last looked at
}

// attendance is how a user attends a room.
type attendance struct {
	user       User
	tabs, away int
	claimed    Position // the newest claim among the tabs that have come
}

type roomUser struct {
	room *room
	user string
}

// difference is what a statement changed for one user in one room.
type difference struct {
	room          *room
	before, after attendance
}

func newRoster() *roster {
	return &roster{
		tabs:  make(map[tabID]*member),
		nodes: make(map[nodeID]map[tabID]*member),
		rooms: make(map[string]*room),
		users: make(map[string]int),
		noted: make(map[roomUser]attendance),
	}
}

// apply applies the statement at a position and returns what it changed, in an
// order that is the same on all nodes. Its cost is in proportion to what the
// statement says, or removes.
func (r *roster) apply(pos Position, k kind, s *statement) []difference {
	switch k {
	case kindJoin:
		for i := range s.members {
			r.join(pos, s, &s.members[i])
		}
		if s.last {
			r.sweep(s.node, s.round)
		}
	case kindLeave:
		for _, t := range s.tabs {
			if m := r.tabs[t]; m != nil && m.node == s.node {
				r.drop(m)
			}
		}
	case kindDown:
		r.dropAll(slices.Collect(maps.Values(r.nodes[s.gone])))
	}
	return r.changes(pos, s.node)
}

// join puts a tab in, in the place of what was known of it, unless another
// node, or this one, has claimed it later.
func (r *roster) join(pos Position, s *statement, a *attendee) {
	claim := a.claim
	if claim == (Position{}) {
		claim = pos
	}
	old := r.tabs[a.tab]
	switch {
	case old == nil:
	case claim.Compare(old.claim) < 0, claim == old.claim && s.node != old.node:
		return
	case s.node == old.node && old.states(a):
		old.claim, old.round = claim, max(old.round, s.round)
		r.claimed(old)
		return
	}
	m := &member{tab: a.tab, node: s.node, claim: claim, round: s.round, user: a.user, away: a.away}
	for _, t := range a.topics {
		x := r.rooms[t]
		if x == nil {
			x = &room{topic: t, users: make(map[string]*attendance)}
			r.rooms[t] = x
		}
		m.rooms = append(m.rooms, x)
	}
	r.put(m)
	if old != nil {
		r.drop(old)
	}
	r.tabs[m.tab] = m
	if r.nodes[m.node] == nil {
		r.nodes[m.node] = make(map[tabID]*member)
	}
	r.nodes[m.node][m.tab] = m
}

// states reports whether m is just as a says.
func (m *member) states(a *attendee) bool {
	return m.away == a.away && m.user.ID == a.user.ID && m.user.Name == a.user.Name &&
		slices.EqualFunc(m.rooms, a.topics, func(x *room, t string) bool { return x.topic == t })
}

// attendee returns what m's node says of it.
func (m *member) attendee() attendee {
	a := attendee{tab: m.tab, user: m.user, away: m.away, claim: m.claim}
	for _, x := range m.rooms {
		a.topics = append(a.topics, x.topic)
	}
	return a
}

// put counts m in its rooms.
func (r *roster) put(m *member) {
	if m.user.ID != "" {
		r.users[m.user.ID]++
	}
	for _, x := range m.rooms {
		r.note(x, m.user.ID)
		a := x.users[m.user.ID]
		if a == nil {
			a = &attendance{}
			x.users[m.user.ID] = a
		}
		x.tabs++
		a.user = m.user
		a.tabs++
		if m.away {
			a.away++
		}
	}
	r.claimed(m)
}

// claimed notes m's claim in its rooms.
func (r *roster) claimed(m *member) {
	for _, x := range m.rooms {
		if a := x.users[m.user.ID]; a.claimed.Compare(m.claim) < 0 {
			a.claimed = m.claim
		}
	}
}

// drop undoes put, and forgets m unless another has its place.
func (r *roster) drop(m *member) {
	if r.tabs[m.tab] == m {
		delete(r.tabs, m.tab)
	}
	if of := r.nodes[m.node]; of[m.tab] == m {
		if delete(of, m.tab); len(of) == 0 {
			delete(r.nodes, m.node)
		}
	}
	if m.user.ID != "" {
		if r.users[m.user.ID]--; r.users[m.user.ID] == 0 {
			delete(r.users, m.user.ID)
		}
	}
	for _, x := range m.rooms {
		r.note(x, m.user.ID)
		a := x.users[m.user.ID]
		x.tabs--
		a.tabs--
		if m.away {
			a.away--
		}
		if a.tabs == 0 {
			delete(x.users, m.user.ID)
		}
	}
}

// sweep drops the tabs of a node that it has not stated since before round.
func (r *roster) sweep(n nodeID, round uint64) {
	var old []*member
	for _, m := range r.nodes[n] {
		if m.round < round {
			old = append(old, m)
		}
	}
	r.dropAll(old)
}

// dropAll drops members in an order that is the same on all nodes.
func (r *roster) dropAll(members []*member) {
	slices.SortFunc(members, func(a, b *member) int { return bytes.Compare(a.tab[:], b.tab[:]) })
	for _, m := range members {
		r.drop(m)
	}
}

// note keeps how a user attends a room before the first change.
func (r *roster) note(x *room, user string) {
	key := roomUser{x, user}
	if _, ok := r.noted[key]; ok {
		return
	}
	var before attendance
	if a := x.users[user]; a != nil {
		before = *a
	}
	r.noted[key] = before
	r.order = append(r.order, key)
}

// changes ends a statement of node at a position: it returns what differs from
// before, and forgets empty rooms.
func (r *roster) changes(pos Position, node nodeID) []difference {
	var list []difference
	for _, key := range r.order {
		c := difference{room: key.room, before: r.noted[key]}
		if a := key.room.users[key.user]; a != nil {
			c.after = *a
		}
		if c.before.tabs != c.after.tabs || c.before.away != c.after.away || c.before.user.Name != c.after.user.Name {
			c.room.changed, c.room.by = pos, node
			list = append(list, c)
		}
		if c.room.tabs == 0 {
			delete(r.rooms, c.room.topic)
		}
	}
	clear(r.noted)
	r.order = r.order[:0]
	return list
}
