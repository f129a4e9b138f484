package main

import (
	"context"
	"net/http"
	"sync/atomic"

	"github.com/tmaxmax/go-sse"
)

// goSSE is go-sse with Joe, its own provider. It has no audiences: what is
// meant for a user goes to a topic of that user. Messages have no id and
// nothing is kept, as by default.
type goSSE struct {
	server *sse.Server
	count  *replayCount
}

func newGoSSE() *goSSE {
	count := &replayCount{}
	return &goSSE{
		count: count,
		server: &sse.Server{
			Provider: &sse.Joe{Replayer: count},
			OnSession: func(w http.ResponseWriter, r *http.Request) ([]string, bool) {
				w.Header().Set("Content-Type", "text/event-stream")
				// By itself go-sse sends the head with the first message.
				if err := http.NewResponseController(w).Flush(); err != nil {
					return nil, false
				}
				return []string{topic, userTopic(r.FormValue("user"))}, true
			},
		},
	}
}

func userTopic(user string) string { return "user:" + user }

func (s *goSSE) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.server.ServeHTTP(w, r) }

func (s *goSSE) broadcast(context.Context) error { return s.publish(topic) }

func (s *goSSE) target(context.Context) error { return s.publish(userTopic(targetUser)) }

func (s *goSSE) publish(topic string) error {
	m := &sse.Message{Type: sse.Type(event)}
	m.AppendData(html)
	return s.server.Publish(m, topic)
}

func (s *goSSE) streams() int { return int(s.count.subscribed.Load()) }

func (s *goSSE) close(ctx context.Context) error { return s.server.Shutdown(ctx) }

// replayCount is a Replayer that keeps nothing, like the one that Joe has by
// default, and tells how many subscriptions Joe has taken in.
type replayCount struct{ subscribed atomic.Int64 }

var _ sse.Replayer = (*replayCount)(nil)

func (c *replayCount) Put(m *sse.Message, _ []string) (*sse.Message, error) { return m, nil }

func (c *replayCount) Replay(sse.Subscription) error {
	c.subscribed.Add(1)
	return nil
}
