package cluster_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// The figures of several nodes, for each engine on this machine:
//
//	go test -run=- -bench=. ./cluster
//
// log-msg/s is how many messages a second one node's log takes, from 64 senders
// at once, each waiting for the engine. p50-ms and p99-ms are from Send at one
// node to the client of another. returns/s is how many clients a second come
// back to one node and get 50 messages that they missed, without one engine read.
func BenchmarkLog(b *testing.B) {
	each(b, func(b *testing.B, s *scene) {
		hub := s.nodes[0].hub
		var senders sync.WaitGroup
		turns := make(chan struct{})
		for range 64 {
			senders.Go(func() { // ends with turns
				for range turns {
					if err := hub.Send(s.ctx, topic, htmxrt.Text("message"), htmxrt.Everyone()); err != nil {
						b.Error(err)
					}
				}
			})
		}
		b.ResetTimer()
		for range b.N {
			turns <- struct{}{}
		}
		close(turns)
		senders.Wait()
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "log-msg/s")
	})
}

func BenchmarkSendToAnotherNode(b *testing.B) {
	each(b, func(b *testing.B, s *scene) {
		c := newClient("client", "", s.urls[2:], 0)
		c.news = s.news
		c.start(s.ctx)
		defer c.stop()
		s.all("there", []*client{c}, func(c *client) string { return c.is("open", func() bool { return c.open }) })
		took := make([]time.Duration, 0, b.N)
		b.ResetTimer()
		for n := range b.N {
			begun := time.Now()
			if _, err := s.senders[0].next(s.ctx); err != nil {
				b.Fatal(err)
			}
			s.flowFrom([]marked{{s.senders[0].name, n}}, c)
			took = append(took, time.Since(begun))
		}
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
		b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	})
}

func BenchmarkStorm(b *testing.B) {
	const missed = 50
	each(b, func(b *testing.B, s *scene) {
		first := newClient("first", "", s.urls[:1], 0)
		first.start(s.ctx)
		first.news.await(s.ctx, b, "there", func() string { return first.is("open", func() bool { return first.open }) })
		first.stop()
		for range missed {
			if _, err := s.senders[0].next(s.ctx); err != nil {
				b.Fatal(err)
			}
		}
		refuge := s.nodes[1]
		probe := newClient("probe", "", s.urls[1:2], 0)
		probe.cursor = first.where()
		probe.start(s.ctx)
		probe.news.await(s.ctx, b, "caught up", func() string { return probe.heard([]marked{{s.senders[0].name, missed - 1}}) })
		probe.stop()
		reads := refuge.broker.reads.Load()
		b.ResetTimer()
		var crowd sync.WaitGroup
		turns := make(chan int)
		for range 128 {
			crowd.Go(func() { // ends with turns
				for n := range turns {
					c := newClient(fmt.Sprint("client", n), "", s.urls[1:2], 0)
					c.cursor = first.where()
					c.start(s.ctx)
					c.news.await(s.ctx, b, "caught up", func() string { return c.heard([]marked{{s.senders[0].name, missed - 1}}) })
					c.stop()
				}
			})
		}
		for n := range b.N {
			turns <- n
		}
		close(turns)
		crowd.Wait()
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "returns/s")
		b.ReportMetric(float64(refuge.broker.reads.Load()-reads), "engine-reads")
	})
}

// each runs a benchmark on each engine.
func each(b *testing.B, run func(b *testing.B, s *scene)) {
	for _, k := range kinds {
		b.Run(k.name, func(b *testing.B) {
			run(b, newScene(b, k, 5*time.Minute, newNode))
		})
	}
}
