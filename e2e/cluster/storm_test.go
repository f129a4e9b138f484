package cluster_test

import (
	"fmt"
	"testing"
)

// Whoever comes back is served from the node's memory. The node that all come to
// is cut off from its engine meanwhile, so that none could ask it.
func TestStormIsServedWithoutTheEngine(t *testing.T) {
	t.Parallel()
	const returning, missed = 300, 50
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, k, 2*patience, newNode)
			for i := range returning {
				s.client(fmt.Sprint("client", i), fmt.Sprint("user", i), 0, 0)
			}
			witness := newClient("witness", "wes", s.urls[1:2], 0)
			witness.news = s.news
			witness.start(s.ctx)
			t.Cleanup(witness.stop)
			sender := s.senders[0]
			say := func() (n int) {
				n, err := sender.next(s.ctx)
				if err != nil {
					t.Fatal(err)
				}
				return n
			}
			there := append(s.clients[:len(s.clients):len(s.clients)], witness)
			s.all("there", there, func(c *client) string { return c.is("open", func() bool { return c.open }) })
			say()
			s.flowFrom([]marked{{sender.name, 0}}, there...)
			for _, c := range s.clients {
				c.stop()
				c.urls = s.urls[1:2]
				c.home = 0
			}
			for range missed {
				say()
			}
			s.flowFrom([]marked{{sender.name, missed}}, witness)

			refuge := s.nodes[1]
			refuge.link.hold(refuge.link.up, refuge.link.down)
			reads := refuge.broker.reads.Load()
			for _, c := range s.clients {
				c.start(s.ctx)
			}
			s.flowFrom([]marked{{sender.name, missed}}, s.clients...)
			if asked := refuge.broker.reads.Load() - reads; asked != 0 {
				t.Errorf("the engine was asked %d times", asked)
			}
			refuge.link.heal()
			s.silence = func() {}
			s.senders = s.senders[:1]
			s.end(0)
		})
	}
}
