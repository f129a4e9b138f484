package htmxrt

import (
	"context"
	"errors"
	"slices"
	"time"
)

// tab is a page at this node, through all its streams, until it has left.
type tab struct {
	id     tabID
	user   User // as it may be told; zero: nobody is signed in
	open   []*Client
	topics []string // that it follows, or followed last; sorted
	stated bool     // the log said once that it is here
	claim  Position // its last place in the roster; zero: none yet
	lost   bool     // another node has claimed it since its stream was opened

	closed   time.Time // when the last stream ended; zero: one is open
	closedAt Position  // where the log was then
	final    bool      // it does not come back
}

// closing is a stream that ended, so that something may be due a while later.
type closing struct {
	tab *tab
	at  time.Time
}

// enter notes that c's stream is open.
func (p *presence) enter(c *Client) {
	if p == nil || c.who.IsUnknown() {
		return
	}
	for _, t := range *c.topics.Load() {
		if p.topics(t) {
			c.shown = append(c.shown, t)
		}
	}
	if len(c.shown) == 0 {
		return
	}
	id := newTabID(c.tab)
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.tabs[id]
	if t == nil {
		t = &tab{id: id}
		p.tabs[id] = t
	}
	if t.lost { // it has come back: claim it anew
		t.lost, t.claim = false, Position{}
	}
	p.reopen(t)
	t.user = statedUser(c.who)
	t.open = append(t.open, c)
	p.touched[id] = struct{}{}
	p.rouse()
}

// reopen takes t from those without a stream. p.mu is held.
func (p *presence) reopen(t *tab) {
	t.closed, t.closedAt, t.final = time.Time{}, Position{}, false
	if list := p.closed[t.user.ID]; len(list) > 0 {
		list = slices.DeleteFunc(list, func(o *tab) bool { return o == t })
		if p.closed[t.user.ID] = list; len(list) == 0 {
			delete(p.closed, t.user.ID)
		}
	}
}

// leave notes that c's stream has ended, for good or not.
func (p *presence) leave(c *Client, final bool) {
	if p == nil || len(c.shown) == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.tabs[newTabID(c.tab)]
	t.topics = t.follows()
	t.open = slices.DeleteFunc(t.open, func(o *Client) bool { return o == c })
	p.touched[t.id] = struct{}{}
	if len(t.open) == 0 {
		t.closed, t.closedAt = time.Now(), p.hub.head.Load().pos
		t.final = final || len(p.tabs) > 2*p.hub.opts.Limits.Streams // a bound for those without a stream
		if t.user.ID != "" {
			p.closed[t.user.ID] = append(p.closed[t.user.ID], t)
		}
		for i := range p.waiting {
			p.waiting[i].push(closing{tab: t, at: t.closed})
		}
	}
	p.rouse()
}

// retopic notes that topics were taken away from c.
func (p *presence) retopic(c *Client) {
	if p == nil || len(c.shown) == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.touched[newTabID(c.tab)] = struct{}{}
	p.rouse()
}

// follows returns the topics in which t is present, sorted. p.mu is held.
func (t *tab) follows() []string {
	if len(t.open) == 0 {
		return t.topics
	}
	var list []string
	for _, c := range t.open {
		for _, topic := range c.shown {
			if c.Follows(topic) {
				list = append(list, topic)
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// settle states what differs between this node's tabs and the roster, and
// returns when to look again, 0 for when it is woken. An error is no loss: what
// still differs then is stated a second later.
func (p *presence) settle(ctx context.Context) (next time.Duration) {
	p.mu.Lock()
	d := &draftStatements{added: make(map[string]int)}
	next = p.plan(time.Now(), d)
	p.mu.Unlock()
	messages := d.messages(p.node, p.round)
	if len(messages) == 0 {
		return next
	}
	for batch := range slices.Chunk(messages, 4) { // 256 KiB at most
		if err := p.hub.publish(ctx, batch...); err != nil {
			return p.again(err)
		}
	}
	p.hub.catchUp(ctx) // until the roster says so
	p.mu.Lock()
	p.failing = false
	p.mu.Unlock()
	return next
}

// again makes everything be looked at once more.
func (p *presence) again(err error) time.Duration {
	p.mu.Lock()
	first := !p.failing
	p.all, p.failing = true, true
	p.mu.Unlock()
	if first && !errors.Is(err, ErrClosed) {
		p.hub.log.Warn("htmxrt: who is here is not stated until the log takes it", "err", err)
	}
	return time.Second
}

// plan fills d and returns when the next closed stream is due. p.mu is held.
func (p *presence) plan(now time.Time, d *draftStatements) time.Duration {
	next := p.expire(now)
	if p.all || p.restate { // a round is an occasion to check as well
		for id := range p.tabs {
			p.touched[id] = struct{}{}
		}
		for id := range p.roster.nodes[p.node] {
			p.touched[id] = struct{}{}
		}
	}
	if p.restate {
		p.round++
		d.restates = true
		for _, m := range p.roster.nodes[p.node] {
			d.stated = append(d.stated, m.attendee())
		}
	}
	for id := range p.touched {
		p.look(id, now, d)
	}
	for n := range p.silent {
		if p.roster.traces(n) {
			d.gone = append(d.gone, n)
		}
	}
	p.all, p.restate = false, false
	clear(p.touched)
	clear(p.silent)
	return next
}

// traces reports whether a node is in the roster: with tabs, or as the one that
// has to show the last change of a room.
func (r *roster) traces(n nodeID) bool {
	if r.nodes[n] != nil {
		return true
	}
	for _, x := range r.rooms {
		if x.by == n {
			return true
		}
	}
	return false
}

// expire touches the tabs that are due, and returns when the next one is, 0 for
// none. p.mu is held.
func (p *presence) expire(now time.Time) (next time.Duration) {
	for i, after := range []time.Duration{awayAfter, presenceGrace} {
		q := &p.waiting[i]
		for ; q.len() > 0; q.pop() {
			c := q.at(0)
			if !c.tab.closed.Equal(c.at) || p.tabs[c.tab.id] != c.tab { // it has come back, or has left
				continue
			}
			if wait := c.at.Add(after).Sub(now); wait > 0 {
				if next == 0 || wait < next {
					next = wait
				}
				break
			}
			p.touched[c.tab.id] = struct{}{}
		}
	}
	return next
}

// look compares one tab with the roster. p.mu is held.
func (p *presence) look(id tabID, now time.Time, d *draftStatements) {
	t, m := p.tabs[id], p.roster.tabs[id]
	mine := m != nil && m.node == p.node
	if t == nil {
		if mine {
			d.leaves = append(d.leaves, id)
		}
		return
	}
	away := !t.closed.IsZero() && now.Sub(t.closed) >= awayAfter
	switch topics := t.follows(); {
	case len(t.open) == 0 && (m != nil && !mine || !mine && !t.stated):
		p.forget(t) // it moved, or was gone before anybody heard of it
	case len(t.open) == 0 && (t.final || now.Sub(t.closed) >= presenceGrace || p.replaced(t)):
		p.forget(t)
		fallthrough
	case len(topics) == 0:
		if mine {
			d.leaves = append(d.leaves, id)
		}
	case t.lost && m != nil && !mine: // another node has it
	default:
		a := attendee{tab: id, user: p.told(t, m, topics, d), topics: topics, away: away, claim: t.claim}
		if mine && m.states(&a) {
			return
		}
		for _, topic := range topics {
			if m == nil {
				d.added[topic]++
			}
		}
		d.joins = append(d.joins, a)
	}
}

// forget drops t from this node's tabs. p.mu is held.
func (p *presence) forget(t *tab) {
	p.reopen(t)
	delete(p.tabs, t.id)
}

// replaced reports whether another tab of t's user has come to all of t's
// topics since t's stream ended: the user has gone on to another page, and
// nobody sees t go. p.mu is held.
func (p *presence) replaced(t *tab) bool {
	if t.user.ID == "" || t.closedAt == (Position{}) {
		return false
	}
	for _, topic := range t.topics {
		x := p.roster.rooms[topic]
		if x == nil || x.users[t.user.ID] == nil || x.users[t.user.ID].claimed.Compare(t.closedAt) <= 0 {
			return false
		}
	}
	return true
}

// told returns t's user if one of its topics has room for a name, or had when
// the name was told. p.mu is held.
func (p *presence) told(t *tab, m *member, topics []string, d *draftStatements) User {
	if m != nil && m.user.ID == t.user.ID {
		return t.user
	}
	for _, topic := range topics {
		n := d.added[topic]
		if x := p.roster.rooms[topic]; x != nil {
			n += x.tabs
		}
		if m == nil {
			n++
		}
		if n <= p.limit {
			return t.user
		}
	}
	return User{}
}

// draftStatements is what a node is about to state.
type draftStatements struct {
	stated   []attendee // of a round
	restates bool
	joins    []attendee
	leaves   []tabID
	gone     []nodeID
	added    map[string]int // tabs by topic, of joins
}

// messages returns the entries to publish, in order: who joins stands before
// who leaves, so that a user who goes from page to page is always here.
func (d *draftStatements) messages(node nodeID, round uint64) (list []*message) {
	add := func(k kind, s statement) {
		s.node = node
		list = append(list, &message{kind: k, statement: &s})
	}
	addMembers := func(members []attendee, last bool) {
		for len(members) > 0 || last {
			n, size := 0, 0
			for n < len(members) && size < statedBytes {
				size += members[n].size()
				n++
			}
			ends := last && n == len(members)
			add(kindJoin, statement{round: round, last: ends, members: members[:n]})
			if members = members[n:]; ends {
				return
			}
		}
	}
	addMembers(d.stated, d.restates)
	addMembers(d.joins, false)
	const most = statedBytes / tabBytes
	for tabs := range slices.Chunk(d.leaves, most) {
		add(kindLeave, statement{tabs: tabs})
	}
	for _, n := range d.gone {
		add(kindDown, statement{gone: n})
	}
	return list
}
