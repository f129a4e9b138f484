package htmxrt_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

// pair is two nodes on one log, each with the five streams of everybody.
func pair(t *testing.T) (a, b *scene) {
	c := newCluster(t, htmxrt.Window{})
	a, b = c.node(t, htmxrt.Options{}), c.node(t, htmxrt.Options{})
	a.everybody()
	b.everybody()
	return a, b
}

// An audience is the same people on every node.
func TestAudienceCrossesNodes(t *testing.T) {
	tests := []struct {
		name string
		from htmxrt.Identity
		opts []htmxrt.SendOption
		want []string
	}{
		{name: "default of a user", from: alice, want: []string{"alice 1", "alice 2"}},
		{name: "default of a guest", from: htmxrt.Anonymous(), want: []string{"alice 1", "alice 2", "bob", "guest", "unknown"}},
		{name: "ToUser", from: alice, opts: []htmxrt.SendOption{htmxrt.ToUser("bob")}, want: []string{"bob"}},
		{name: "ToSession", from: bob, opts: []htmxrt.SendOption{htmxrt.ToSession("phone")}, want: []string{"alice 2"}},
		{name: "ExceptUser", from: bob, opts: []htmxrt.SendOption{htmxrt.Everyone(), htmxrt.ExceptUser("alice")}, want: []string{"bob", "guest"}},
		{name: "a defined filter", from: alice, opts: []htmxrt.SendOption{inTeam("blue")}, want: []string{"bob"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, b := pair(t)
			send(t, a.hub, from(tt.from), append(tt.opts, htmxrt.Text("x"))...)
			for name, stream := range b.streams { // one fence for the streams of both
				a.streams[name+", other node"] = stream
			}
			var want []string
			for _, name := range tt.want {
				want = append(want, name, name+", other node")
			}
			if got := a.received(t); !slices.Equal(got, want) {
				t.Errorf("received by %q, want %q", got, want)
			}
		})
	}
}

// ExceptSender leaves out the tab that sent, on whichever node its stream is.
func TestExceptSenderCrossesNodes(t *testing.T) {
	c := newCluster(t, htmxrt.Window{})
	a, b := c.node(t, htmxrt.Options{}), c.node(t, htmxrt.Options{})
	mux := http.NewServeMux()
	mux.HandleFunc("/say", func(_ http.ResponseWriter, r *http.Request) {
		send(t, a.hub, r.Context(), htmxrt.Text("x"), htmxrt.Everyone(), htmxrt.ExceptSender())
	})
	posts := htmxrttest.NewServer(t, a.hub.Middleware(mux))
	own := b.enter("own", htmxrttest.As(alice))
	b.enter("other tab", htmxrttest.As(alice))
	posts.Post("/say", htmxrttest.As(alice), htmxrttest.Header("Htmxrt-Tab", own.Tab())).Body.Close()
	if got := b.received(t); !slices.Equal(got, []string{"other tab"}) {
		t.Errorf("received by %q, want the other tab", got)
	}
}

// Once a revocation has returned, nothing sent later reaches the revoked, on
// any node.
func TestRevocationCrossesNodes(t *testing.T) {
	for name, target := range map[string]htmxrt.Target{"user": htmxrt.UserTarget("alice"), "session": htmxrt.SessionTarget("phone")} {
		t.Run(name, func(t *testing.T) {
			a, b := pair(t)
			if err := a.hub.Revoke(context.Background(), target); err != nil {
				t.Fatal(err)
			}
			send(t, a.hub, from(alice), htmxrt.Text("secret"))
			got := b.streams["alice 2"].Next()
			if got.Name != "htmxrt-close" || got.Data != `{"reason":"revoked"}` {
				t.Errorf("on the other node: %+v, want htmxrt-close", got)
			}
			if event, more := b.streams["alice 2"].TryNext(); more {
				t.Errorf("%+v behind htmxrt-close", event)
			}
			if name == "session" {
				if got := b.streams["alice 1"].Next().Data; got != "secret" {
					t.Errorf("the user's other session received %q", got)
				}
			}
		})
	}
}

// A page that was rendered on one node before a revocation is refused by the
// other, which read it before the page connects; one rendered later is not.
func TestTicketIsRefusedOnTheNodeThatReadTheRevocation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, htmxrt.Window{})
		a, b := c.node(t, htmxrt.Options{}), c.node(t, htmxrt.Options{})
		here, there := a.pages(t), b.pages(t)
		who := htmxrttest.As(alice, htmxrt.Session{Key: "laptop"})
		before := here.render(who)
		if err := a.hub.Revoke(context.Background(), htmxrt.UserTarget("alice")); err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // both have read it
		got := there.server.Open(before.URL, who).NextRaw()
		if got.Name != "htmxrt-reset" || got.Data != `{"reason":"ticket"}` {
			t.Errorf("a ticket minted before: %+v, want htmxrt-reset", got)
		}
		after := here.render(who)
		stream := there.server.Open(after.URL, who)
		send(t, a.hub, from(alice), htmxrt.Text("on"))
		if got := stream.Next().Data; got != "on" {
			t.Errorf("a page rendered later received %q", got)
		}
	})
}

// A closure would decide on one node only.
func TestFilterClosureIsRefusedOnASharedLog(t *testing.T) {
	a, b := pair(t)
	err := a.hub.Send(from(alice), "room", htmxrt.Text("x"), htmxrt.Filter(func(*htmxrt.Client) bool { return true }))
	if !errors.Is(err, htmxrt.ErrLocalFilter) {
		t.Errorf("Send = %v, want %v", err, htmxrt.ErrLocalFilter)
	}
	if got := append(a.received(t), b.streams["bob"].Next().Data); !slices.Equal(got, []string{"fence"}) {
		t.Errorf("received %q, want the fence alone", got)
	}
}
