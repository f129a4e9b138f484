package htmxrt_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

// inTeam is a filter that crosses nodes.
var inTeam = htmxrt.DefineFilter("test-in-team", func(c *htmxrt.Client, team string) bool {
	return c.User().Attrs["team"] == team
})

var panicking = htmxrt.DefineFilter("test-panicking", func(*htmxrt.Client, int) bool { panic("oops") })

func TestAudience(t *testing.T) {
	everybody := []string{"alice 1", "alice 2", "bob", "guest", "unknown"}
	byID := func(id string) htmxrt.SendOption {
		return htmxrt.Filter(func(c *htmxrt.Client) bool { return c.User().ID == id })
	}
	tests := []struct {
		scenario  string
		from      htmxrt.Identity
		anonymous htmxrt.AnonymousPolicy
		opts      []htmxrt.SendOption
		want      []string
	}{
		{scenario: "default_signed_in_reaches_only_self", from: bob, want: []string{"bob"}},
		{scenario: "default_signed_in_reaches_all_tabs_and_devices", from: alice, want: []string{"alice 1", "alice 2"}},
		{scenario: "default_anonymous_reaches_everyone", from: htmxrt.Anonymous(), want: everybody},
		{scenario: "anonymous_policy_anon_only", from: htmxrt.Anonymous(), anonymous: htmxrt.AnonymousOnly, want: []string{"guest"}},
		{scenario: "everyone_override", from: alice, opts: []htmxrt.SendOption{htmxrt.Everyone()}, want: everybody},
		{scenario: "custom_filter_by_user_id", from: alice, opts: []htmxrt.SendOption{byID("bob")}, want: []string{"bob"}},
		{scenario: "filter_nil_identity_is_safe", from: alice, opts: []htmxrt.SendOption{byID("")}, want: []string{"guest"}},
		{scenario: "to_many_users", from: alice, opts: []htmxrt.SendOption{htmxrt.ToUser("bob", "alice", "nobody", "bob")}, want: []string{"alice 1", "alice 2", "bob"}},
		{scenario: "to_session_only", opts: []htmxrt.SendOption{htmxrt.ToSession("phone")}, want: []string{"alice 2"}},
		{scenario: "named audiences are ANDed", opts: []htmxrt.SendOption{htmxrt.ToUser("alice"), htmxrt.ToSession("laptop", "desk")}, want: []string{"alice 1"}},
		{scenario: "Everyone narrows nothing", opts: []htmxrt.SendOption{htmxrt.Everyone(), htmxrt.ToUser("bob")}, want: []string{"bob"}},
		{scenario: "a filter narrows users", opts: []htmxrt.SendOption{htmxrt.ToUser("alice", "bob"), inTeam("blue")}, want: []string{"bob"}},
		{scenario: "a defined filter names an audience", opts: []htmxrt.SendOption{inTeam("red")}, want: []string{"alice 1", "alice 2"}},
		{scenario: "a panicking defined filter keeps the message", opts: []htmxrt.SendOption{panicking(1)}},
		{scenario: "ExceptUser narrows everyone, and who is unknown may be that user", opts: []htmxrt.SendOption{htmxrt.Everyone(), htmxrt.ExceptUser("alice")}, want: []string{"bob", "guest"}},
		{scenario: "ExceptUser narrows the default", from: alice, opts: []htmxrt.SendOption{htmxrt.ExceptUser("alice")}},
		{scenario: "same_id_other_realm_not_self", from: htmxrt.SignedIn(htmxrt.User{ID: "admin:alice"})},
		{scenario: "zero_subscribers_is_ok", opts: []htmxrt.SendOption{htmxrt.ToUser("nobody")}},
	}
	for _, tt := range tests {
		t.Run(tt.scenario, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, htmxrt.Options{Anonymous: tt.anonymous})
			s.everybody()
			send(t, s.hub, from(tt.from), append(tt.opts, htmxrt.Text("hello"))...)
			if got := s.received(t); !slices.Equal(got, tt.want) {
				t.Errorf("received by %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAudienceErrorsReachNobody(t *testing.T) {
	refuseOthers := func(_ context.Context, who htmxrt.Identity, topic string) error {
		if _, ok := who.User(); !ok && topic == "room" {
			return errors.New("members only")
		}
		return nil
	}
	member := htmxrttest.As(alice)
	tests := []struct {
		scenario string
		ctx      context.Context
		options  htmxrt.Options
		opts     []htmxrt.SendOption
		want     error
	}{
		{scenario: "no_request_requires_audience", ctx: context.Background(), want: htmxrt.ErrNoAudience},
		{scenario: "unknown sender", ctx: from(htmxrt.Identity{}), want: htmxrt.ErrUnknownSender},
		{scenario: "signed in with an empty id", ctx: from(htmxrt.SignedIn(htmxrt.User{Name: "Eve"})), want: htmxrt.ErrUnknownSender},
		{scenario: "anonymous_policy_refuse", ctx: from(htmxrt.Anonymous()), options: htmxrt.Options{Anonymous: htmxrt.AnonymousRefuse}, want: htmxrt.ErrAnonymousRefused},
		{scenario: "private_topic_refuses_anonymous_broadcast", ctx: from(htmxrt.Anonymous()), options: htmxrt.Options{Authorize: refuseOthers}, want: htmxrt.ErrForbidden},
		{scenario: "ToUser of nobody", ctx: from(alice), opts: []htmxrt.SendOption{htmxrt.ToUser()}, want: htmxrt.ErrNoAudience},
		{scenario: "ToUser of an empty id", ctx: from(alice), opts: []htmxrt.SendOption{htmxrt.ToUser("bob", "")}, want: htmxrt.ErrNoAudience},
		{scenario: "ToTab of nobody", ctx: from(alice), opts: []htmxrt.SendOption{htmxrt.ToTab()}, want: htmxrt.ErrNoAudience},
		{scenario: "an empty intersection", ctx: from(alice), opts: []htmxrt.SendOption{htmxrt.ToUser("a"), htmxrt.ToUser("b")}, want: htmxrt.ErrNoAudience},
		{scenario: "ExceptSender without a tab", ctx: from(alice), opts: []htmxrt.SendOption{htmxrt.ExceptSender()}, want: htmxrt.ErrNoAudience},
		{scenario: "filter_panics_nobody_receives", ctx: from(alice), opts: []htmxrt.SendOption{htmxrt.Filter(func(*htmxrt.Client) bool { panic("oops") })}, want: htmxrt.ErrFilter},
		{scenario: "a nil filter", ctx: from(alice), opts: []htmxrt.SendOption{htmxrt.Filter(nil)}, want: htmxrt.ErrFilter},
	}
	for _, tt := range tests {
		t.Run(tt.scenario, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, tt.options)
			s.enter("alice", member)
			if err := s.hub.Send(tt.ctx, "room", append(tt.opts, htmxrt.Text("hello"))...); !errors.Is(err, tt.want) {
				t.Errorf("Send = %v, want %v", err, tt.want)
			}
			if got := s.received(t); len(got) > 0 {
				t.Errorf("received by %q all the same", got)
			}
		})
	}
}

func TestFilterThatPanicsLateReachesNobodyEarly(t *testing.T) {
	s := newScene(t, htmxrt.Options{})
	for i := range 5 {
		s.enter(fmt.Sprint(i), htmxrttest.As(alice))
	}
	asked := 0
	err := s.hub.Send(from(alice), "room", htmxrt.Text("hello"), htmxrt.Filter(func(*htmxrt.Client) bool {
		if asked++; asked == 3 {
			panic("the third of five")
		}
		return true
	}))
	if !errors.Is(err, htmxrt.ErrFilter) {
		t.Errorf("Send = %v, want %v", err, htmxrt.ErrFilter)
	}
	if got := s.received(t); len(got) > 0 {
		t.Errorf("received by %q all the same", got)
	}
}

func TestFilterSeesTheClient(t *testing.T) {
	t.Run("filter_sees_id_identity_values", func(t *testing.T) {
		s := newScene(t, htmxrt.Options{})
		s.enter("alice", htmxrttest.As(alice))
		s.enter("guest", htmxrttest.As(htmxrt.Anonymous()))
		ids := make(map[string]bool)
		send(t, s.hub, from(alice), htmxrt.Text("hello"), htmxrt.Filter(func(c *htmxrt.Client) bool {
			ids[c.ID()] = true
			if got := c.Topics(); !slices.Equal(got, []string{"room"}) || !c.Follows("room") || c.Follows("other") {
				t.Errorf("topics = %q", got)
			}
			user, ok := c.Identity().User()
			if ok != !c.Identity().IsAnonymous() || user.Name != c.User().Name {
				t.Errorf("identity %v, user %+v", c.Identity(), c.User())
			}
			return user.Attrs["team"] == "red"
		}))
		if got := s.received(t); len(ids) != 2 || ids[""] || !slices.Equal(got, []string{"alice"}) {
			t.Errorf("asked about %v, received by %q", ids, got)
		}
	})
	t.Run("filter_and_subscription_both_required", func(t *testing.T) {
		s := newScene(t, htmxrt.Options{})
		s.enter("room", htmxrttest.As(alice))
		other := s.server.Open("/other", htmxrttest.As(alice))
		send(t, s.hub, from(alice), htmxrt.Text("hello"), htmxrt.Filter(func(*htmxrt.Client) bool { return true }))
		if err := s.hub.Send(from(alice), "other", htmxrt.Text("fence")); err != nil {
			t.Fatal(err)
		}
		if got := other.Next(); got.Data != "fence" {
			t.Errorf("a stream that does not follow the topic received %q", got.Data)
		}
	})
	t.Run("filter_may_send_or_set_without_deadlock", func(t *testing.T) {
		s := newScene(t, htmxrt.Options{})
		s.enter("alice", htmxrttest.As(alice))
		send(t, s.hub, from(alice), htmxrt.Text("outer"), htmxrt.Filter(func(c *htmxrt.Client) bool {
			s.hub.Stats()
			return s.hub.Send(from(alice), "room", htmxrt.Text("inner"), htmxrt.ToUser(c.User().ID)) == nil
		}))
		if got := s.received(t); len(got) != 2 {
			t.Errorf("received %d messages, want the inner and the outer", len(got))
		}
	})
}

func TestFilterThatIsSlowHoldsNobodyUp(t *testing.T) {
	t.Run("filter_slow_does_not_block_connects", func(t *testing.T) {
		s := newScene(t, htmxrt.Options{})
		s.enter("alice", htmxrttest.As(alice))
		asked, goOn := make(chan struct{}), make(chan struct{})
		sent := make(chan error, 1)
		go func() { // ends when goOn is closed below; sent is received then
			sent <- s.hub.Send(from(alice), "room", htmxrt.Text("slow"), htmxrt.Filter(func(*htmxrt.Client) bool {
				close(asked)
				<-goOn
				return true
			}))
		}()
		<-asked
		bobs := s.server.Open("/room", htmxrttest.As(bob))
		send(t, s.hub, from(bob), htmxrt.Text("quick"))
		if got := bobs.Next(); got.Data != "quick" {
			t.Errorf("bob received %q", got.Data)
		}
		close(goOn)
		if err := <-sent; err != nil {
			t.Error(err)
		}
	})
}

func TestClosureAnswersForClientsThatConnectLater(t *testing.T) {
	s := newScene(t, htmxrt.Options{})
	before := s.hub.Cursor()
	send(t, s.hub, from(alice), htmxrt.Text("red only"), htmxrt.Filter(func(c *htmxrt.Client) bool {
		return c.User().Attrs["team"] == "red"
	}))
	s.enter("alice", htmxrttest.As(alice), htmxrttest.After(before))
	s.enter("bob", htmxrttest.As(bob), htmxrttest.After(before))
	if got := s.received(t); !slices.Equal(got, []string{"alice"}) {
		t.Errorf("replayed to %q, want alice", got)
	}
}

func TestClosureDoesNotCrossNodes(t *testing.T) {
	hub := htmxrttest.NewHub(t, htmxrt.Options{Broker: shared{htmxrt.NewMemoryBroker(htmxrt.Window{})}, Key: make([]byte, 32)})
	err := hub.Send(from(alice), "room", htmxrt.Text("x"), htmxrt.Filter(func(*htmxrt.Client) bool { return true }))
	if !errors.Is(err, htmxrt.ErrLocalFilter) {
		t.Errorf("Send = %v, want %v", err, htmxrt.ErrLocalFilter)
	}
	if err := hub.Send(from(alice), "room", htmxrt.Text("x"), inTeam("red")); err != nil {
		t.Errorf("with a defined filter: %v", err)
	}
}

func TestDefineFilterTwicePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	htmxrt.DefineFilter("test-in-team", func(*htmxrt.Client, string) bool { return true })
}

func TestTwoSendsInOneRequest(t *testing.T) {
	t.Run("two_sends_two_users_one_request", func(t *testing.T) {
		s := newScene(t, htmxrt.Options{})
		a := s.enter("alice", htmxrttest.As(alice))
		b := s.enter("bob", htmxrttest.As(bob))
		send(t, s.hub, from(alice), htmxrt.Text("for bob"), htmxrt.ToUser("bob"))
		send(t, s.hub, from(alice), htmxrt.Text("for alice"))
		send(t, s.hub, from(alice), htmxrt.Text("fence"), htmxrt.Everyone())
		for _, tt := range []struct {
			stream *htmxrttest.Stream
			want   string
		}{{a, "for alice"}, {b, "for bob"}} {
			if got := []string{tt.stream.Next().Data, tt.stream.Next().Data}; got[0] != tt.want || got[1] != "fence" {
				t.Errorf("received %q, want %q and the fence", got, tt.want)
			}
		}
	})
}

// tabs serves pages that only tell their tab's id and stream, as alice or bob.
func TestExceptSenderLeavesOutTheSendersTab(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub := htmxrttest.NewHub(t, htmxrt.Options{})
		mux := http.NewServeMux()
		mux.Handle("/_rt/stream", hub)
		mux.HandleFunc("POST /say", func(w http.ResponseWriter, r *http.Request) {
			if err := htmxrt.Send(r.Context(), "room", htmxrt.Text("hello"), htmxrt.Everyone(), htmxrt.ExceptSender()); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
			}
		})
		var page htmxrt.Connection
		mux.HandleFunc("GET /page", func(_ http.ResponseWriter, r *http.Request) {
			page, _ = htmxrt.Connect(r.Context(), "room")
		})
		server := htmxrttest.NewServer(t, hub.Middleware(mux))
		open := func(who htmxrt.Identity) (tab string, _ *htmxrttest.Stream) {
			server.Get("/page", htmxrttest.As(who)).Body.Close()
			return page.Tab, server.Open(page.URL, htmxrttest.As(who))
		}
		tab, sender := open(alice)
		_, second := open(alice)
		victim, bobs := open(bob)

		say := func(who htmxrt.Identity, tab string) {
			t.Helper()
			res := server.Post("/say", htmxrttest.As(who), htmxrttest.Header(htmxrt.TabHeader, tab))
			res.Body.Close()
			if res.StatusCode != http.StatusOK {
				t.Fatalf("status %d", res.StatusCode)
			}
		}
		fence := func() {
			send(t, hub, context.Background(), htmxrt.Text("fence"), htmxrt.Everyone())
		}
		say(alice, tab)
		fence()
		if got := []string{sender.Next().Data, second.Next().Data, bobs.Next().Data}; !slices.Equal(got, []string{"fence", "hello", "hello"}) {
			t.Errorf("except_sender_connection: sender, second tab and bob received first %q", got)
		}
		second.Next() // the fences
		bobs.Next()

		say(alice, victim) // alice names bob's tab: he must not be silenced
		fence()
		if got := bobs.Next().Data; got != "hello" {
			t.Errorf("bob was silenced by alice: %q", got)
		}
	})
}
