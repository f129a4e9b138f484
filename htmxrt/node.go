package htmxrt

import (
	"crypto/rand"
	"sync"
	"sync/atomic"
	"time"
)

// nodeID names one life of one hub on the log: random, another one after a
// restart.
type nodeID [16]byte

// node is what a hub knows of itself and of others on the same log.
type node struct {
	id   nodeID
	born time.Time // everything published before it was read when New returned

	// seen is the age at which the newest beat of this node that came back was
	// tried: all that anybody published before that was read here.
	seen atomic.Int64

	mu    sync.Mutex // guards the field below
	peers map[nodeID]*peer
}

// peer is another node on the log.
type peer struct {
	heard  time.Time // when an entry of it was read last
	missed int       // beats of this node that were read since
}

const (
	// silentBeats is how many beats of its own a node reads, without one of a
	// peer, before that peer counts as gone; the peer has been silent for as
	// many intervals then too: a node that is killed is found within 20 s.
	// What a node misses while it reads nothing itself does not count: after
	// an outage of the engine everybody has time to beat.
	silentBeats = 3
	// peerBeats is how many beats a silent peer is remembered for, one minute.
	peerBeats = 12
)

func newNode() *node {
	n := &node{born: time.Now(), peers: make(map[nodeID]*peer)}
	rand.Read(n.id[:]) // never fails, see crypto/rand
	return n
}

// age is how long the node has lived, by a clock that nobody sets.
func (n *node) age(now time.Time) time.Duration { return now.Sub(n.born) }

// hear notes that an entry of a node was read from the log.
func (n *node) hear(id nodeID, now time.Time) {
	if id == n.id {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	p := n.peers[id]
	if p == nil {
		p = &peer{}
		n.peers[id] = p
	}
	p.heard, p.missed = now, 0
}

// hearBeat notes that a beat was read from the log. One of this node's own
// says up to when the log was read, and that the others could be heard.
func (n *node) hearBeat(b *beat, now time.Time) {
	if b.node != n.id {
		n.hear(b.node, now)
		return
	}
	if int64(b.age) <= n.seen.Load() {
		return // a double
	}
	n.seen.Store(int64(b.age))
	n.mu.Lock()
	defer n.mu.Unlock()
	for id, p := range n.peers {
		if p.missed++; p.missed > peerBeats {
			delete(n.peers, id)
		}
	}
}

// forget drops a node that is known to be gone.
func (n *node) forget(id nodeID) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.peers, id)
}

// silent returns the nodes that were heard once and not any more.
func (n *node) silent(now time.Time) (gone []nodeID) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for id, p := range n.peers {
		if p.silent(now) {
			gone = append(gone, id)
		}
	}
	return gone
}

// count returns the number of nodes that live, this one among them.
func (n *node) count(now time.Time) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	count := 1
	for _, p := range n.peers {
		if !p.silent(now) {
			count++
		}
	}
	return count
}

func (p *peer) silent(now time.Time) bool {
	return p.missed >= silentBeats && now.Sub(p.heard) >= silentBeats*beatEvery
}
