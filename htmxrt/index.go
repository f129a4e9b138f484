package htmxrt

import (
	"slices"
	"sync"
	"time"
)

// index finds the open streams that a message concerns through its topic and
// audience, without looking at others.
type index struct {
	mu       sync.RWMutex // guards the fields below
	clients  map[*Client]struct{}
	topics   map[string][]*Client
	users    map[string][]*Client
	sessions map[string][]*Client
	tabs     map[string][]*Client
	revoked  map[Target]revocation
	applied  map[[16]byte]time.Time // when the entries of revocations were read
	sweep    int                    // revocations after which old ones are looked for
}

func newIndex() *index {
	return &index{
		clients:  make(map[*Client]struct{}),
		topics:   make(map[string][]*Client),
		users:    make(map[string][]*Client),
		sessions: make(map[string][]*Client),
		tabs:     make(map[string][]*Client),
		revoked:  make(map[Target]revocation),
		applied:  make(map[[16]byte]time.Time),
		sweep:    sweepMin,
	}
}

// add registers c unless one of its names was revoked since its identity was
// looked up: between that and now nothing else would end it. log is the log of
// now.
func (x *index) add(c *Client, since *place, log logTag) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.barred(c, since, log) {
		return false
	}
	x.clients[c] = struct{}{}
	topics := *c.topics.Load()
	c.slots = make([]int, len(topics))
	for i, t := range topics {
		c.slots[i] = len(x.topics[t])
		x.topics[t] = append(x.topics[t], c)
	}
	for _, t := range c.targets() {
		named := x.named(t.kind)
		named[t.id] = append(named[t.id], c)
	}
	return true
}

// remove undoes add. It may be called again.
func (x *index) remove(c *Client) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.drop(c)
}

// drop is remove with x.mu held.
func (x *index) drop(c *Client) {
	if _, ok := x.clients[c]; !ok {
		return
	}
	delete(x.clients, c)
	for i, t := range *c.topics.Load() {
		x.leave(t, c.slots[i])
	}
	for _, t := range c.targets() {
		named := x.named(t.kind)
		rest := slices.DeleteFunc(named[t.id], func(o *Client) bool { return o == c })
		if named[t.id] = rest; len(rest) == 0 {
			delete(named, t.id)
		}
	}
}

// leave takes the client at slot out of topic; the last one moves to its place.
// x.mu is held.
func (x *index) leave(topic string, slot int) {
	members := x.topics[topic]
	last := len(members) - 1
	moved := members[last]
	members[slot], members[last] = moved, nil
	i, _ := slices.BinarySearch(*moved.topics.Load(), topic)
	moved.slots[i] = slot
	if x.topics[topic] = members[:last]; last == 0 {
		delete(x.topics, topic)
	}
}

// unfollow takes topics away from c.
func (x *index) unfollow(c *Client, topics []string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if _, ok := x.clients[c]; !ok {
		return
	}
	var kept []string
	var slots []int
	for i, t := range *c.topics.Load() {
		if slices.Contains(topics, t) {
			x.leave(t, c.slots[i])
			continue
		}
		kept, slots = append(kept, t), append(slots, c.slots[i])
	}
	c.slots = slots
	c.topics.Store(&kept)
}

// named returns the map of one kind of name. x.mu is held.
func (x *index) named(k targetKind) map[string][]*Client {
	switch k {
	case targetUser:
		return x.users
	case targetSession:
		return x.sessions
	}
	return x.tabs
}

// offer hands m to every client that follows its topic and passes its audience,
// filters apart, and returns to how many.
func (x *index) offer(m *message) (n int) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	a := &m.audience
	pass := func(c *Client) {
		if a.admits(c) {
			c.offer(m)
			n++
		}
	}
	names, byName := a.users, x.users
	switch { // the audience's rarest name
	case a.tabs != nil:
		names, byName = a.tabs, x.tabs
	case a.sessions != nil:
		names, byName = a.sessions, x.sessions
	case a.users == nil:
		for _, c := range x.topics[m.topic] {
			pass(c)
		}
		return n
	}
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			continue
		}
		for _, c := range byName[name] {
			if c.Follows(m.topic) {
				pass(c)
			}
		}
	}
	return n
}

// followers returns the clients that follow topic now.
func (x *index) followers(topic string) []*Client {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return slices.Clone(x.topics[topic])
}

// all returns the open streams.
func (x *index) all() []*Client {
	x.mu.RLock()
	defer x.mu.RUnlock()
	list := make([]*Client, 0, len(x.clients))
	for c := range x.clients {
		list = append(list, c)
	}
	return list
}

// usage returns the number of open streams and of topics that have one.
func (x *index) usage() (streams, topics int) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.clients), len(x.topics)
}
