package cluster_test

import (
	"fmt"
	"testing"
	"time"
)

// row is one line of the fault matrix.
type row struct {
	name string
	only string // the engine's kind, if it is about one alone
	// fault does it, and returns when it is over.
	fault func(s *scene)
	// resets is how many each client must get, 0 where it could go on.
	resets int
	// lag says that a node may be more than 2 s behind another: who goes from
	// that one to this gets the reset that is documented for it.
	lag bool
}

// The promise that each row holds: whatever breaks, every client has every
// message, once and in one order, or exactly one reset where the engine has lost
// the log.
var matrix = []row{
	{name: "a node's connections to the engine are cut", fault: func(s *scene) {
		s.nodes[1].link.cut()
	}},
	{name: "a node is cut off for a second", fault: func(s *scene) {
		s.hold(time.Second, up, down)
	}},
	{name: "a node cannot reach the engine, but hears it", lag: true, fault: func(s *scene) {
		s.hold(oneWay, up)
	}},
	{name: "a node reaches the engine, but hears nothing", lag: true, fault: func(s *scene) {
		s.hold(oneWay, down)
	}},
	{name: "the engine is killed and comes back with its data", lag: true, fault: func(s *scene) {
		s.engine.restart()
	}},
	{name: "the engine stands still", lag: true, fault: func(s *scene) {
		s.engine.pause()
		s.last(stillstand)
		s.engine.resume()
	}},
	{name: "the engine comes back without its data", resets: 1, fault: func(s *scene) {
		s.engine.wipe()
	}},
	{name: "the engine comes back with an older copy", resets: 1, fault: func(s *scene) {
		restore := s.engine.backup()
		s.flow(s.present()...)
		restore()
	}},
	{name: "the log is removed, and another begins", resets: 1, fault: func(s *scene) {
		s.engine.remove(s.ctx)
	}},
	{name: "the engine closes connections that take too much", only: "redis", lag: true, fault: fullBuffer},
}

const (
	// oneWay is longer than a send is tried for, 5 s, so that sends fail.
	oneWay = 6 * time.Second
	// stillstand is as long.
	stillstand = 6 * time.Second
)

func up(l *link) *gate   { return l.up }
func down(l *link) *gate { return l.down }

// hold holds directions of one node's link for a time.
func (s *scene) hold(most time.Duration, directions ...func(*link) *gate) {
	l := s.nodes[1].link
	for _, d := range directions {
		l.hold(d(l))
	}
	s.last(most)
	l.heal()
}

// fullBuffer makes one node deaf until more is waiting for it than the server
// holds for a client; the server then ends the connection that asks for it.
func fullBuffer(s *scene) {
	const limit, size = 256 << 10, 16 << 10
	if err := askRedis(s.ctx, s.engine.addr, "CONFIG", "SET", "client-output-buffer-limit", fmt.Sprintf("normal %d 0 0", limit)); err != nil {
		s.t.Fatal(err)
	}
	l := s.nodes[1].link
	l.hold(l.down)
	others := s.clients[:0:0]
	for _, c := range s.present() {
		if c.home != 1 && c.roam == 0 { // who roams may sit at the deaf node
			others = append(others, c)
		}
	}
	var marks []marked
	for _, m := range []*sender{s.senders[0], s.senders[2]} {
		marks = append(marks, marked{m.name, m.fatten(limit/size, size)})
	}
	s.flowFrom(marks, others...)
	l.heal()
}

// present returns the clients that are not away.
func (s *scene) present() (list []*client) {
	for _, c := range s.clients {
		if !c.away() {
			list = append(list, c)
		}
	}
	return list
}

func TestFaults(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			for _, r := range matrix {
				if r.only != "" && r.only != k.name {
					continue
				}
				t.Run(r.name, func(t *testing.T) {
					t.Parallel()
					r.run(t, k)
				})
			}
		})
	}
}

func (r row) run(t testing.TB, k kind) {
	s := newScene(t, k, patience, newNode)
	for i := range s.nodes {
		s.client(s.nodes[i].name+"'s user", "ann", i, 0)
		s.client(s.nodes[i].name+"'s visitor", "", i, 0)
	}
	if r.resets == 0 { // else it may meet nodes that know of the loss and others that do not
		wanderer := s.client("the wanderer", "wim", 0, 5)
		if r.lag {
			wanderer.late = `{"reason":"ahead"}`
		}
	}
	away := s.client("the one away", "eve", 1, 0)
	s.begin()
	away.stop()
	r.fault(s)
	s.all("resets", s.present(), func(c *client) string { return c.is("reset", func() bool { return c.resets >= r.resets }) })
	s.flow(s.present()...)
	away.start(s.ctx)
	s.flow(s.clients...)
	s.end(r.resets)
}
