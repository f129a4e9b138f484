package main

import (
	"context"
	"net/http"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// htmxrtSystem is htmxrt with its defaults: every message has an id and is kept
// for replay.
type htmxrtSystem struct {
	hub    *htmxrt.Hub
	stream http.Handler
}

func newHTMXRT() (*htmxrtSystem, error) {
	hub, err := htmxrt.New(htmxrt.Options{})
	if err != nil {
		return nil, err
	}
	return &htmxrtSystem{hub: hub, stream: hub.Stream(topic)}, nil
}

func (s *htmxrtSystem) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	who := htmxrt.SignedIn(htmxrt.User{ID: r.FormValue("user")})
	s.stream.ServeHTTP(w, r.WithContext(htmxrt.WithIdentity(r.Context(), who)))
}

func (s *htmxrtSystem) broadcast(ctx context.Context) error {
	return s.hub.Send(ctx, topic, htmxrt.HTML(html), htmxrt.Everyone())
}

func (s *htmxrtSystem) target(ctx context.Context) error {
	return s.hub.Send(ctx, topic, htmxrt.HTML(html), htmxrt.ToUser(targetUser))
}

func (s *htmxrtSystem) streams() int { return s.hub.Stats().Streams }

func (s *htmxrtSystem) close(ctx context.Context) error { return s.hub.Shutdown(ctx) }
