package htmxrt_test

import (
	"context"
	"net/http"
	"slices"
	"testing"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

var (
	alice = htmxrt.SignedIn(htmxrt.User{ID: "alice", Name: "Alice", Attrs: map[string]string{"team": "red"}})
	bob   = htmxrt.SignedIn(htmxrt.User{ID: "bob", Name: "Bob", Attrs: map[string]string{"team": "blue"}})
)

// from is the context of a sender.
func from(who htmxrt.Identity) context.Context {
	return htmxrt.WithIdentity(context.Background(), who)
}

// scene is a hub with named streams that all follow the topic "room".
type scene struct {
	hub     *htmxrt.Hub
	server  *htmxrttest.Server
	streams map[string]*htmxrttest.Stream
}

func newScene(t *testing.T, opts htmxrt.Options) *scene {
	t.Helper()
	hub := htmxrttest.NewHub(t, opts)
	mux := http.NewServeMux()
	mux.Handle("/room", hub.Stream("room"))
	mux.Handle("/other", hub.Stream("other"))
	mux.Handle("/", hub)
	return &scene{hub: hub, server: htmxrttest.NewServer(t, mux), streams: make(map[string]*htmxrttest.Stream)}
}

// enter opens a stream on "room" under a name.
func (s *scene) enter(name string, opts ...htmxrttest.OpenOption) *htmxrttest.Stream {
	stream := s.server.Open("/room", opts...)
	s.streams[name] = stream
	return stream
}

// everybody enters two tabs of alice, one of bob, a guest, and somebody unknown.
func (s *scene) everybody() {
	s.enter("alice 1", htmxrttest.As(alice, htmxrt.Session{Key: "laptop"}))
	s.enter("alice 2", htmxrttest.As(alice, htmxrt.Session{Key: "phone"}))
	s.enter("bob", htmxrttest.As(bob, htmxrt.Session{Key: "desk"}))
	s.enter("guest", htmxrttest.As(htmxrt.Anonymous()))
	s.enter("unknown")
}

// received returns the names of the streams that received something sent to
// them before a fence for everyone, in order.
func (s *scene) received(t *testing.T) []string {
	t.Helper()
	send(t, s.hub, context.Background(), htmxrt.Text("fence"), htmxrt.Everyone())
	var names []string
	for name, stream := range s.streams {
		for event := stream.Next(); event.Data != "fence"; event = stream.Next() {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// send sends to "room" and must succeed.
func send(t *testing.T, hub *htmxrt.Hub, ctx context.Context, opts ...htmxrt.SendOption) {
	t.Helper()
	if err := hub.Send(ctx, "room", opts...); err != nil {
		t.Fatalf("Send: %v", err)
	}
}

// raw returns the next event behind htmxrt-open, heartbeats included.
func raw(stream *htmxrttest.Stream) htmxrttest.Event {
	event := stream.NextRaw()
	if event.Name == "htmxrt-open" {
		event = stream.NextRaw()
	}
	return event
}
