package cluster_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"
)

// scene is three nodes on one engine, with clients and one sender at each node.
type scene struct {
	t       testing.TB
	ctx     context.Context // bounds the test
	engine  *engine
	nodes   []*node
	urls    []string // where clients go: the nodes, or a proxy
	news    *news
	clients []*client
	senders []*sender

	running sync.WaitGroup // the senders
	silence context.CancelFunc
}

// nodesOfAScene is the matrix's.
const nodesOfAScene = 3

// newScene starts an engine and nodes. Everything ends with the test, or after most.
func newScene(t testing.TB, k kind, most time.Duration, start func(t testing.TB, name string, e *engine) *node) *scene {
	t.Helper()
	s := &scene{t: t, engine: newEngine(t, k), news: newNews()}
	ctx, cancel := context.WithTimeout(context.Background(), most)
	t.Cleanup(cancel)
	s.ctx = ctx
	for i := range nodesOfAScene {
		n := start(t, fmt.Sprint("node", i+1), s.engine)
		s.nodes = append(s.nodes, n)
		s.urls = append(s.urls, n.url)
		s.senders = append(s.senders, n.sender())
	}
	return s
}

// client makes one that begins at a node, and starts it.
func (s *scene) client(name, as string, home, roam int) *client {
	c := newClient(name, as, s.urls, home%len(s.urls))
	c.news, c.ask, c.roam = s.news, s.begun, roam
	c.start(s.ctx)
	s.t.Cleanup(c.stop)
	s.clients = append(s.clients, c)
	return c
}

// begin waits until all clients are there, and lets the senders begin.
func (s *scene) begin() {
	s.t.Helper()
	s.all("there", s.clients, func(c *client) string { return c.is("there", func() bool { return c.open }) })
	ctx, silence := context.WithCancel(s.ctx)
	s.silence = silence
	s.t.Cleanup(func() { silence(); s.running.Wait() })
	for _, m := range s.senders {
		s.running.Go(func() { m.run(ctx) }) // ended by silence; end waits
	}
	s.flow(s.clients...)
}

// begun returns the newest number that each sender has begun.
func (s *scene) begun() []marked {
	list := make([]marked, len(s.senders))
	for i, m := range s.senders {
		list[i] = marked{from: m.name, n: m.newest()}
	}
	return list
}

// flow waits until clients have messages of all senders that were begun after
// it was called.
func (s *scene) flow(clients ...*client) {
	s.t.Helper()
	s.flowFrom(s.begun(), clients...)
}

func (s *scene) flowFrom(marks []marked, clients ...*client) {
	s.t.Helper()
	s.all("messages flow", clients, func(c *client) string { return c.heard(marks) })
}

// all waits until none of clients has a complaint.
func (s *scene) all(what string, clients []*client, complaint func(*client) string) {
	s.t.Helper()
	s.news.await(s.ctx, s.t, what, func() string {
		for _, c := range clients {
			if left := complaint(c); left != "" {
				return left
			}
		}
		return ""
	})
}

// end silences the senders, sends one last message of each, waits until all
// clients have it, and judges.
func (s *scene) end(resets int) {
	s.t.Helper()
	s.silence()
	s.running.Wait()
	marks := make([]marked, len(s.senders))
	sent := make(sent)
	for i, m := range s.senders {
		n, err := m.next(s.ctx)
		for err != nil && s.ctx.Err() == nil {
			n, err = m.next(s.ctx)
		}
		marks[i] = marked{from: m.name, n: n - 1}
		sent[m.name] = m.accepted()
	}
	s.flowFrom(marks, s.clients...)
	var transcripts []transcript
	messages := 0
	for _, c := range s.clients {
		c.stop()
		transcripts = append(transcripts, c.transcript())
		messages += len(c.transcript().records)
	}
	for _, fault := range judge(sent, transcripts, resets) {
		s.t.Error(fault)
	}
	s.t.Logf("%d clients, %d records, %v begun, %d", len(s.clients), messages, s.begun(), len(sent[s.senders[0].name]))
}

// last lets a fault last: it is not waited for anything.
func (s *scene) last(d time.Duration) {
	s.t.Helper()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.ctx.Done():
		s.t.Fatal(s.ctx.Err())
	}
}
