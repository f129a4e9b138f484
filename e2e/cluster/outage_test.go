package cluster_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// A node that does not see the log for a minute ends the streams of signed-in
// users within the 30 s that a logout may take there, and they come back
// elsewhere. Those of visitors wait. Nobody misses anything.
func TestPartitionOfAMinute(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			const partition, logout = time.Minute, 30 * time.Second
			s := newScene(t, k, partition+patience, newNode)
			cut := s.nodes[1]
			var users, leavers []*client
			for i, n := range s.nodes {
				users = append(users, s.client(n.name+"'s user", "ann", i, 0))
				s.client(n.name+"'s visitor", "", i, 0)
			}
			// They have left for good once they were told to, or sent away.
			for i, n := range s.nodes {
				c := newClient(n.name+"'s leaver", "leo", s.urls[i:i+1], 0)
				c.news, c.once = s.news, true
				c.start(s.ctx)
				t.Cleanup(c.stop)
				leavers = append(leavers, c)
			}
			s.all("the leavers are there", leavers, func(c *client) string { return c.is("open", func() bool { return c.open }) })
			s.begin()

			cut.link.hold(cut.link.up, cut.link.down)
			healed := make(chan struct{})
			timer := time.AfterFunc(partition, func() { cut.link.heal(); close(healed) })
			defer timer.Stop()
			s.last(time.Second) // a beat from before the partition would prove nothing of this logout
			if err := s.nodes[0].hub.Revoke(s.ctx, htmxrt.UserTarget("leo")); err != nil {
				t.Fatal(err)
			}
			revoked := time.Now()
			s.all("the leavers leave", leavers, func(c *client) string {
				return c.is("gone", func() bool { return c.opened == 1 && !c.open })
			})
			if took := time.Since(revoked); took > logout {
				t.Errorf("the last stream of a user ended %v after the logout, want %v or less", took, logout)
			}
			if err := cut.hub.Ready(); err == nil {
				t.Error("a node that is blind says that it is ready")
			}
			s.flowFrom([]marked{s.begun()[0], s.begun()[2]}, users...) // of the nodes that are not cut off
			select {
			case <-healed:
				t.Errorf("the user of the blind node was back only after the partition")
			default:
			}
			select {
			case <-healed:
			case <-s.ctx.Done():
				t.Fatal(s.ctx.Err())
			}
			s.flow(s.clients...)
			s.end(0)
		})
	}
}

// A node that is killed is a node that browsers leave.
func TestNodeIsKilled(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, k, patience+patience, newProcess)
			for i, n := range s.nodes {
				s.client(n.name+"'s user", "ann", i, 0)
				s.client(n.name+"'s visitor", "", i, 0)
			}
			s.client("the wanderer", "wim", 0, 5)
			s.begin()
			s.nodes[1].p.kill()
			s.flowFrom([]marked{s.begun()[0], s.begun()[2]}, s.clients...)
			s.nodes[1].start()
			s.flow(s.clients...)
			s.end(0)
		})
	}
}

// Nodes are restarted one after another behind HAProxy, which sends every request
// to another one: there are no sticky sessions.
func TestRollingRestart(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, k, 2*patience, newProcess)
			url := newProxy(t, s.nodes)
			s.urls = []string{url}
			s.await(url + "/ready")
			through := func(ctx context.Context, text string) error {
				return post(ctx, url+"/send?to=everyone&topic="+topic, text, nil)
			}
			for i := range s.senders {
				s.senders[i].send = through
			}
			for _, name := range []string{"ann", "bob", "", "cid", "", "dan"} {
				s.client("one of "+name, name, 0, 0)
			}
			s.client("the wanderer", "wim", 0, 5)
			s.begin()
			for _, n := range s.nodes {
				n.p.terminate(t)
				s.flow(s.clients...)
				n.start()
				s.await(n.url + "/ready")
			}
			s.flow(s.clients...)
			s.end(0)
		})
	}
}

// await waits until a request is answered with 200.
func (s *scene) await(url string) {
	s.t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		req, err := http.NewRequestWithContext(s.ctx, http.MethodGet, url, nil)
		if err != nil {
			s.t.Fatal(err)
		}
		if res, err := poster.Do(req); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-again.C:
		case <-s.ctx.Done():
			s.t.Fatalf("%s is not ready: %v", url, s.ctx.Err())
		}
	}
}
