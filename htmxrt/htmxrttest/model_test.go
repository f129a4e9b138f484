package htmxrttest_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

// model is an engine in memory that can be broken as the suite does it, and
// whose brokers make the mistake that is named by fault, if any.
type model struct {
	fault string

	mu      sync.Mutex // guards the fields below
	log     string     // its id
	entries []htmxrt.Entry
	ids     int           // made so far
	starts  int           // how often connections were ended
	deafTo  int           // nodes up to this number hear nothing until they notice
	nodes   int           // opened so far
	silent  bool          // paused
	changed chan struct{} // closed at the next change
}

func newModel(fault string) *model {
	m := &model{fault: fault, changed: make(chan struct{})}
	m.log = m.newID()
	return m
}

// newID returns an id that is greater than all before. mu is held, or the model
// is new.
func (m *model) newID() string {
	m.ids++
	return fmt.Sprintf("%03d-%s", m.ids, rand.Text())
}

// change changes the engine, and wakes all who follow.
func (m *model) change(f func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f()
	close(m.changed)
	m.changed = make(chan struct{})
}

// engine is what the suite is given.
func (m *model) engine() htmxrttest.Engine {
	begin := func(entries []htmxrt.Entry, log string) {
		m.change(func() {
			m.entries, m.log = entries, cmp.Or(log, m.newID())
			m.starts++
		})
	}
	return htmxrttest.Engine{
		Open:    func(*testing.T) htmxrt.Broker { return m.open() },
		Cut:     func(*testing.T) { m.change(func() { m.starts++ }) },
		Restart: func(*testing.T) { m.change(func() { m.starts++ }) },
		Wipe:    func(*testing.T) { begin(nil, "") },
		Snapshot: func(*testing.T) func(*testing.T) {
			entries, log := slices.Clone(m.entries), m.log
			return func(*testing.T) { begin(slices.Clone(entries), log) }
		},
		Pause: func(*testing.T) func(*testing.T) {
			m.change(func() { m.silent = true })
			return func(*testing.T) { m.change(func() { m.silent = false }) }
		},
		Deafen: func(*testing.T) { m.change(func() { m.deafTo = m.nodes }) },
	}
}

func (m *model) open() *modelNode {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.nodes++
	n := &modelNode{m: m, number: m.nodes, log: m.log}
	n.life, n.end = context.WithCancel(context.Background())
	return n
}

// modelNode is a broker of a model.
type modelNode struct {
	m      *model
	number int
	life   context.Context // ends with Close
	end    context.CancelFunc

	// Guarded by m.mu.
	log  string // that it knows
	term int    // counts them
	seen int    // the newest entry's position
	id   [16]byte
}

var errSilent = errors.New("the engine is silent")

// ask calls f, unless the engine is silent: then it fails after a moment.
func (n *modelNode) ask(f func()) error {
	if n.life.Err() != nil {
		return htmxrt.ErrClosed
	}
	n.m.mu.Lock()
	if !n.m.silent {
		defer n.m.mu.Unlock()
		f()
		return nil
	}
	n.m.mu.Unlock()
	timer := time.NewTimer(10 * time.Millisecond)
	defer timer.Stop()
	<-timer.C
	return errSilent
}

func (n *modelNode) Publish(ctx context.Context, entries ...htmxrt.Entry) (pos htmxrt.Position, err error) {
	err = n.ask(func() {
		again := slices.IndexFunc(n.m.entries, func(e htmxrt.Entry) bool { return e.ID == entries[0].ID })
		switch {
		case n.m.fault == "forgets where it lies" && again >= 0:
			pos = htmxrt.Position{Lo: uint64(len(n.m.entries))}
			return
		case n.m.fault == "moves it" && again >= 0:
			n.m.entries = slices.Delete(n.m.entries, again, again+len(entries))
		}
		n.m.entries = append(n.m.entries, entries...)
		pos = htmxrt.Position{Lo: uint64(len(n.m.entries))}
		if n.m.fault != "forgets what it published" {
			n.note(len(n.m.entries))
		}
		close(n.m.changed)
		n.m.changed = make(chan struct{})
	})
	if err != nil && n.m.fault == "lies" {
		return pos, nil
	}
	return pos, err
}

// note remembers the entry at a position. m.mu is held.
func (n *modelNode) note(at int) {
	if n.log == n.m.log && at > n.seen {
		n.seen, n.id = at, n.m.entries[at-1].ID
	}
}

// verify is what a broker does before it follows. m.mu is held.
func (n *modelNode) verify(term, at int) error {
	m := n.m
	lost := htmxrt.ErrLogLost
	if m.fault == "says trimmed" {
		lost = htmxrt.ErrTrimmed
	}
	switch {
	case m.fault == "proves nothing":
		return nil
	case n.term != term, m.log != n.log, at > len(m.entries), n.seen > len(m.entries):
		return lost
	case m.fault == "compares no entries":
		return nil
	case n.seen > 0 && m.entries[n.seen-1].ID != n.id:
		return lost
	}
	return nil
}

func (n *modelNode) Follow(ctx context.Context, after htmxrt.Position, deliver func(htmxrt.Position, htmxrt.Entry) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(n.life, cancel)()
	m := n.m
	if after.Hi != 0 {
		return htmxrt.ErrLogLost
	}
	at, starts := int(after.Lo), -1
	m.mu.Lock()
	term := n.term
	if m.fault == "forgets what it delivered" {
		n.seen = 0
	}
	m.mu.Unlock()
	for {
		m.mu.Lock()
		changed, missed := m.changed, 0
		var err error
		if starts != m.starts {
			if err = n.verify(term, at); starts >= 0 {
				missed = n.misses()
			}
			starts = m.starts
		}
		if n.number <= m.deafTo && m.fault == "goes on with what is new" && len(m.entries) > at {
			missed = 1
		}
		at = max(0, at+missed)
		var e htmxrt.Entry
		more := err == nil && !m.silent && at < len(m.entries)
		if more {
			e = m.entries[at]
			at++
			n.note(at)
		}
		m.mu.Unlock()
		switch {
		case n.life.Err() != nil:
			return htmxrt.ErrClosed
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return err
		case more:
			if err := deliver(htmxrt.Position{Lo: uint64(at)}, e); err != nil {
				return err
			}
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// misses is how far a broken follower goes on from where it was, when the
// connection is back. m.mu is held.
func (n *modelNode) misses() int {
	switch n.m.fault {
	case "leaves one out":
		return 1
	case "has one twice":
		return -1
	}
	return 0
}

func (n *modelNode) State(ctx context.Context) (s htmxrt.LogState, err error) {
	err = n.ask(func() {
		if n.verify(n.term, 0) != nil {
			n.adopt()
		}
		s = htmxrt.LogState{ID: n.m.log, Last: htmxrt.Position{Lo: uint64(len(n.m.entries))}, Shared: true}
		if len(n.m.entries) > 0 {
			s.First = htmxrt.Position{Lo: 1}
		}
		if n.m.fault == "names its own log" {
			s.ID = fmt.Sprint("log of ", n.number)
		}
	})
	return s, err
}

// adopt begins with the log that is there. Ids are made in order, so one that is
// not later than the known one is an older copy's. m.mu is held.
func (n *modelNode) adopt() {
	m := n.m
	if m.log <= n.log && m.fault != "keeps the id" && (m.log == n.log || m.fault != "adopts an older id") {
		m.log = m.newID()
		if m.fault != "tells nobody" {
			m.starts++
			close(m.changed)
			m.changed = make(chan struct{})
		}
	}
	n.log, n.seen, n.term = m.log, 0, n.term+1
}

func (n *modelNode) Close() error {
	n.end()
	return nil
}

func TestModel(t *testing.T) {
	fault := os.Getenv(htmxrttest.FaultVariable)
	htmxrttest.BrokerSuite{
		Open:      func(*testing.T) htmxrt.Broker { return newModel(fault).open() },
		OpenSmall: func(*testing.T) htmxrt.Broker { return htmxrt.NewMemoryBroker(htmxrt.Window{Count: 8}) },
		Engine:    func(*testing.T) htmxrttest.Engine { return newModel(fault).engine() },
	}.Run(t)
}
