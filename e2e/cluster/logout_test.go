package cluster_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// A logout at one node ends the user's streams at all, within 250 ms for 990 of
// 1,000 logouts.
func TestLogoutOnOneNodeEndsStreamsOnAll(t *testing.T) {
	const logouts, most = 1000, 250 * time.Millisecond
	const together = 50 // users that are there at once
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			s := newScene(t, k, 2*patience, newNode)
			var took []time.Duration
			for len(took) < logouts {
				groups := make([][]*client, together)
				for u := range groups {
					for i := range s.nodes {
						c := newClient(fmt.Sprint("user", u), fmt.Sprint("user", u, "-", len(took)), s.urls[i:i+1], 0)
						c.start(s.ctx)
						groups[u] = append(groups[u], c)
					}
				}
				for _, g := range groups {
					for _, c := range g {
						c.news.await(s.ctx, t, "there", func() string { return c.is("open", func() bool { return c.open }) })
					}
				}
				for _, g := range groups {
					begun := time.Now()
					if err := s.nodes[len(took)%len(s.nodes)].hub.Revoke(s.ctx, htmxrt.UserTarget(g[0].as)); err != nil {
						t.Fatal(err)
					}
					for _, c := range g {
						select {
						case <-c.over:
						case <-s.ctx.Done():
							t.Fatalf("logout %d: %v", len(took)+1, s.ctx.Err())
						}
					}
					took = append(took, time.Since(begun))
				}
				for _, g := range groups {
					for _, c := range g {
						c.stop()
						if c.reason() != `{"reason":"revoked"}` {
							t.Errorf("%s was told %q", c.name, c.reason())
						}
					}
				}
			}
			slices.Sort(took)
			p99 := took[logouts*99/100-1]
			t.Logf("p50 %v, p99 %v, most %v", took[logouts/2], p99, took[logouts-1])
			if p99 > most {
				t.Errorf("p99 of %d logouts is %v, want %v or less", logouts, p99, most)
			}
		})
	}
}
