package htmxrt

import (
	"errors"
	"sort"
	"sync"
	"time"
)

// window is the recent part of the log on this node. It serves every replay
// from memory and finds the messages of a topic without looking at others.
type window struct {
	bounds Window

	mu     sync.RWMutex // guards the fields below
	log    logTag
	base   *place // the newest entry that is gone, or where the log began
	last   *place // the newest entry
	ring   queue[*record]
	ids    map[[16]byte]int // how often an entry's id is in the ring
	topics map[string]*queue[*record]
	latest map[collapseKey]*record
	bytes  int
}

// record is one entry in range. Control entries, ephemeral and superseded
// messages have no message any more, only their place.
type record struct {
	place *place
	id    [16]byte
	topic string
	msg   *message
	size  int
	at    time.Time
}

// collapseKey is what Latest replaces by: to a client that may see only one of
// two audiences, neither replaces the other.
type collapseKey struct{ topic, key, audience string }

var (
	errAhead   = errors.New("ahead of this node")
	errTrimmed = errors.New("trimmed")
	errRewound = errors.New("rewound")
)

func newWindow(bounds Window) *window {
	w := &window{bounds: bounds}
	w.restart(&place{})
	return w
}

// restart empties the window: it now holds what comes after a place.
func (w *window) restart(after *place) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.log = after.log
	w.base, w.last = after, after
	w.ring = queue[*record]{}
	w.ids = make(map[[16]byte]int)
	w.topics = make(map[string]*queue[*record])
	w.latest = make(map[collapseKey]*record)
	w.bytes = 0
}

// holds reports whether an entry with this id is in range.
func (w *window) holds(id [16]byte) bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.ids[id] > 0
}

// append adds an entry, whose position is after all others, and drops what is
// out of bounds. m is nil for an entry that no client can receive later.
func (w *window) append(p *place, id [16]byte, m *message) {
	now := time.Now()
	r := &record{place: p, id: id, size: entryOverhead, at: now}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ring.push(r)
	w.ids[id]++
	w.last = p
	if m != nil {
		r.topic, r.msg, r.size = m.topic, m, m.size
		if w.topics[m.topic] == nil {
			w.topics[m.topic] = &queue[*record]{}
		}
		w.topics[m.topic].push(r)
		w.supersede(r)
	}
	w.bytes += r.size
	w.trim(now)
}

// supersede forgets the message that r replaces, if it has a collapse key; its
// place stays. w.mu is held.
func (w *window) supersede(r *record) {
	if r.msg.key == "" {
		return
	}
	k := r.collapseKey()
	if old := w.latest[k]; old != nil {
		w.bytes -= old.size - entryOverhead
		old.msg, old.size = nil, entryOverhead
	}
	w.latest[k] = r
}

func (r *record) collapseKey() collapseKey {
	return collapseKey{topic: r.topic, key: r.msg.key, audience: string(r.msg.audience.append(nil))}
}

// trim drops the oldest entries until the rest is within bounds. w.mu is held.
func (w *window) trim(now time.Time) {
	for w.ring.len() > 0 {
		r := w.ring.at(0)
		if w.ring.len() <= w.bounds.Count && w.bytes <= w.bounds.Bytes && now.Sub(r.at) <= w.bounds.Age {
			return
		}
		w.base = r.place
		w.bytes -= r.size
		w.ring.pop()
		if n := w.ids[r.id]; n > 1 {
			w.ids[r.id] = n - 1
		} else {
			delete(w.ids, r.id)
		}
		if r.topic == "" {
			continue
		}
		q := w.topics[r.topic]
		if q.pop(); q.len() == 0 { // r is the oldest of its topic as well
			delete(w.topics, r.topic)
		}
		if r.msg != nil && r.msg.key != "" {
			delete(w.latest, r.collapseKey())
		}
	}
}

// locate reports whether the log can be read on from m: nil, or the reason why
// not. It costs a binary search.
func (w *window) locate(log logTag, m mark) error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if log != w.log {
		return errRewound
	}
	switch m.pos.Compare(w.base.pos) {
	case -1:
		return errTrimmed
	case 0:
		return sameTag(w.base.mark, m)
	}
	n := w.ring.len()
	i := sort.Search(n, func(i int) bool { return w.ring.at(i).place.pos.Compare(m.pos) >= 0 })
	if i == n {
		return errAhead
	}
	return sameTag(w.ring.at(i).place.mark, m)
}

// sameTag reports whether m is the entry that the log has at that position.
func sameTag(have, m mark) error {
	if have != m {
		return errRewound
	}
	return nil
}

// newest returns where the log ends. A client that is in the index by then is
// offered everything behind it: an entry is appended before it is offered.
func (w *window) newest() *place {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.last
}

// readMax is how many bytes of messages, as accounted, are read at once: what
// one client that reads on may hold.
const readMax = 512 << 10

// read appends to batch, up to its capacity and readMax, the messages of topics
// after a position, in order. more says that there are others; errTrimmed that
// some are gone.
func (w *window) read(batch []*message, after Position, topics []string) (_ []*message, more bool, err error) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if after.Compare(w.base.pos) < 0 {
		return batch, false, errTrimmed
	}
	runs := make([]run, 0, 8)
	for _, t := range topics {
		if q := w.topics[t]; q != nil {
			i := sort.Search(q.len(), func(i int) bool { return q.at(i).place.pos.Compare(after) > 0 })
			if i < q.len() {
				runs = append(runs, run{q: q, i: i})
			}
		}
	}
	for bytes := 0; ; {
		r := oldest(runs)
		if r == nil {
			return batch, false, nil
		}
		if len(batch) == cap(batch) || bytes > readMax {
			return batch, true, nil
		}
		if m := r.q.at(r.i).msg; m != nil {
			batch = append(batch, m)
			bytes += m.size
		}
		r.i++
	}
}

// run is what is left to read of one topic.
type run struct {
	q *queue[*record]
	i int
}

// oldest returns the run whose next record is the oldest, nil if all are done.
// There are at most as many as a stream has topics, 64.
func oldest(runs []run) *run {
	var best *run
	for i := range runs {
		r := &runs[i]
		if r.i == r.q.len() {
			continue
		}
		if best == nil || r.q.at(r.i).place.pos.Compare(best.q.at(best.i).place.pos) < 0 {
			best = r
		}
	}
	return best
}

// usage returns the number of entries kept and the bytes accounted for them.
func (w *window) usage() (entries, bytes int) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.ring.len(), w.bytes
}
