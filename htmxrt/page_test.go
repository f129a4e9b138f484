package htmxrt_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

// site serves pages that follow what build says, and their streams.
type site struct {
	hub    *htmxrt.Hub
	server *htmxrttest.Server
	page   htmxrt.Connection // of the last page
	err    error             // of its Connect
}

func newSite(t *testing.T, opts htmxrt.Options, build func(ctx context.Context) (htmxrt.Connection, error)) *site {
	t.Helper()
	s := &site{hub: htmxrttest.NewHub(t, opts)}
	mux := http.NewServeMux()
	mux.Handle(htmxrt.DefaultStreamPath, s.hub)
	mux.HandleFunc("/page", func(_ http.ResponseWriter, r *http.Request) {
		s.page, s.err = build(r.Context())
	})
	s.server = htmxrttest.NewServer(t, s.hub.Middleware(mux))
	return s
}

// render makes who look at the page.
func (s *site) render(opts ...htmxrttest.OpenOption) htmxrt.Connection {
	s.server.Get("/page", opts...).Body.Close()
	return s.page
}

// follows is a page of topics.
func follows(topics ...string) func(context.Context) (htmxrt.Connection, error) {
	return func(ctx context.Context) (htmxrt.Connection, error) { return htmxrt.Connect(ctx, topics...) }
}

func TestPageFollowsWhatItsPartsAskFor(t *testing.T) {
	s := newSite(t, htmxrt.Options{Authorize: members}, func(ctx context.Context) (htmxrt.Connection, error) {
		htmxrt.Follow(ctx, "notifications", "room")
		htmxrt.Follow(ctx, "secret plan")
		return htmxrt.Connect(ctx, "room")
	})
	page := s.render(htmxrttest.As(alice))
	if want := []string{"notifications", "room"}; s.err != nil || !slices.Equal(page.Topics, want) {
		t.Fatalf("page follows %q, %v; want %q", page.Topics, s.err, want)
	}
	stream := s.server.Open(page.URL, htmxrttest.As(alice))
	for _, topic := range []string{"notifications", "secret plan", "room"} {
		if err := s.hub.Send(from(alice), topic, htmxrt.Text(topic)); err != nil {
			t.Fatal(err)
		}
	}
	if got := hear(stream, 2); !slices.Equal(got, page.Topics) {
		t.Errorf("received %q, want %q", got, page.Topics)
	}
	if page := s.render(htmxrttest.As(htmxrt.Anonymous())); s.err != nil || page.URL != "" || len(page.Topics) != 0 {
		t.Errorf("a page that may follow nothing: %+v, %v; want no URL", page, s.err)
	}
}

func TestPageErrors(t *testing.T) {
	tests := map[string]struct {
		build func(context.Context) (htmxrt.Connection, error)
		want  error
	}{
		"bad topic in Follow": {func(ctx context.Context) (htmxrt.Connection, error) {
			htmxrt.Follow(ctx, "fine", "a,b")
			return htmxrt.Connect(ctx)
		}, htmxrt.ErrBadTopic},
		"bad topic in Connect": {follows("message"), htmxrt.ErrBadTopic},
		"too many topics": {func(ctx context.Context) (htmxrt.Connection, error) {
			for i := range 65 {
				htmxrt.Follow(ctx, fmt.Sprint("t", i))
			}
			return htmxrt.Connect(ctx)
		}, htmxrt.ErrBadTopic},
		"a second stream": {func(ctx context.Context) (htmxrt.Connection, error) {
			must2(htmxrt.Connect(ctx, "room"))
			return htmxrt.Connect(ctx, "other")
		}, htmxrt.ErrSecondStream},
		"outside a request": {func(context.Context) (htmxrt.Connection, error) {
			htmxrt.Follow(context.Background(), "room") // does nothing
			return htmxrt.Connect(context.Background(), "room")
		}, htmxrt.ErrNoHub},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, htmxrt.Options{}, tt.build)
			if s.render(htmxrttest.As(alice)); !errors.Is(s.err, tt.want) {
				t.Errorf("Connect = %v, want %v", s.err, tt.want)
			}
		})
	}
}

func must2(_ htmxrt.Connection, err error) { must(err) }

func TestTicketsAreForTheirViewerAlone(t *testing.T) {
	laptop := htmxrttest.As(alice, htmxrt.Session{Key: "laptop"})
	tests := []struct {
		name    string
		connect htmxrttest.OpenOption
		want    string // the first event
	}{
		{name: "the viewer", connect: laptop, want: "htmxrt-open"},
		{name: "another session", connect: htmxrttest.As(alice, htmxrt.Session{Key: "phone"}), want: "htmxrt-reset"},
		{name: "another user", connect: htmxrttest.As(bob, htmxrt.Session{Key: "laptop"}), want: "htmxrt-reset"},
		{name: "nobody", connect: htmxrttest.As(htmxrt.Anonymous()), want: "htmxrt-close"},
		{name: "unknown", connect: htmxrttest.Header("X", "1"), want: "htmxrt-close"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, htmxrt.Options{}, follows("room"))
			got := s.server.Open(s.render(laptop).URL, tt.connect).NextRaw()
			if got.Name != tt.want || tt.want != "htmxrt-open" && (got.Retry != time.Minute || got.HasID) {
				t.Errorf("first event = %+v, want %s", got, tt.want)
			}
		})
	}
	t.Run("there is one answer for all that is wrong", func(t *testing.T) {
		s := newSite(t, htmxrt.Options{}, follows("room"))
		good := s.render(laptop).URL
		for _, bad := range []string{good + "x", strings.Replace(good, "ticket=A", "ticket=B", 1), "/_rt/stream?ticket=", "/_rt/stream?ticket=" + strings.Repeat("A", 13000)} {
			got := s.server.Open(bad, laptop)
			switch event, ok := got.TryNext(); {
			case bad == "/_rt/stream?ticket=": // no ticket at all
				if got.Status != http.StatusBadRequest {
					t.Errorf("%s: status %d", bad, got.Status)
				}
			case strings.HasSuffix(bad, "x"): // of the cursor, which resets on its own
			case !ok || event.Data != `{"reason":"ticket"}`:
				t.Errorf("%.40s: %+v, want a reset for the ticket", bad, event)
			}
		}
	})
}

func TestTicketsExpire(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, htmxrt.Options{}, follows("room"))
		open := func(url string) string { return s.server.Open(url, htmxrttest.As(alice)).NextRaw().Name }
		page := s.render(htmxrttest.As(alice))
		short := s.render(htmxrttest.As(alice, htmxrt.Session{Expires: time.Now().Add(time.Hour)}))
		time.Sleep(time.Hour)
		if got := []string{open(page.URL), open(short.URL)}; !slices.Equal(got, []string{"htmxrt-open", "htmxrt-reset"}) {
			t.Errorf("after an hour: %q; the session of the second had expired", got)
		}
		time.Sleep(23 * time.Hour)
		if got := open(page.URL); got != "htmxrt-reset" {
			t.Errorf("after a day: %q", got)
		}
	})
}

func TestOpeningCarriesAFreshTicket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t, htmxrt.Options{}, follows("room"))
		page := s.render(htmxrttest.As(alice))
		time.Sleep(20 * time.Hour)
		stream := s.server.Open(page.URL, htmxrttest.As(alice))
		var open struct{ Tab, Ticket string }
		if err := json.Unmarshal([]byte(stream.Opening().Data), &open); err != nil {
			t.Fatal(err)
		}
		if open.Tab != page.Tab {
			t.Errorf("tab %q, want that of the page, %q", open.Tab, page.Tab)
		}
		stream.Close()
		time.Sleep(20 * time.Hour)
		again := s.server.Open("/_rt/stream?"+url.Values{"ticket": {open.Ticket}}.Encode(), htmxrttest.As(alice))
		say(t, s.hub, "hello")
		if got := again.Next().Data; got != "hello" {
			t.Errorf("received %q", got)
		}
	})
}

func TestTicketsAreRefusedAfterARevocation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		session := htmxrt.Session{Key: "s"}
		for _, target := range []string{"user", "session", "tab"} {
			s := newSite(t, htmxrt.Options{}, follows("room"))
			page := s.render(htmxrttest.As(alice, session))
			bobs := s.render(htmxrttest.As(bob))
			err := s.hub.Revoke(context.Background(), map[string]htmxrt.Target{
				"user":    htmxrt.UserTarget("alice"),
				"session": htmxrt.SessionTarget("s"),
				"tab":     htmxrt.TabTarget(page.Tab),
			}[target])
			if err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			fresh := s.render(htmxrttest.As(alice, session))
			time.Sleep(12 * time.Hour)
			for _, tt := range []struct {
				page htmxrt.Connection
				as   htmxrttest.OpenOption
				want string
			}{
				{page, htmxrttest.As(alice, session), "htmxrt-reset"},
				{fresh, htmxrttest.As(alice, session), "htmxrt-open"},
				{bobs, htmxrttest.As(bob), "htmxrt-open"},
			} {
				if got := s.server.Open(tt.page.URL, tt.as).NextRaw().Name; got != tt.want {
					t.Errorf("%s revoked: first event %q, want %q", target, got, tt.want)
				}
			}
		}
	})
}

func TestStreamPathOfTheContext(t *testing.T) {
	s := newSite(t, htmxrt.Options{}, func(ctx context.Context) (htmxrt.Connection, error) {
		return htmxrt.Connect(htmxrt.WithStreamPath(ctx, "/live"), "room")
	})
	if page := s.render(htmxrttest.As(alice)); !strings.HasPrefix(page.URL, "/live?") {
		t.Errorf("URL = %q, want it under /live", page.URL)
	}
}

// TestTheRightPeopleOnly: live and replayed messages pass the same check, for
// every audience and every viewer.
func TestTheRightPeopleOnly(t *testing.T) {
	viewers := map[string]htmxrttest.OpenOption{
		"alice": htmxrttest.As(alice, htmxrt.Session{Key: "s"}), "bob": htmxrttest.As(bob),
		"guest": htmxrttest.As(htmxrt.Anonymous()), "unknown": htmxrttest.Header("X", "1"),
	}
	audiences := map[string][]htmxrt.SendOption{
		"default": nil, "everyone": opts(htmxrt.Everyone()), "user": opts(htmxrt.ToUser("bob")),
		"session": opts(htmxrt.ToSession("s")), "tab": opts(htmxrt.ToTab("none")), "team": opts(inTeam("red")),
		"closure":     opts(htmxrt.Filter(func(c *htmxrt.Client) bool { return c.Identity().IsAnonymous() })),
		"except user": opts(htmxrt.Everyone(), htmxrt.ExceptUser("alice")),
	}
	want := map[string][]string{
		"default": {"alice"}, "everyone": {"alice", "bob", "guest", "unknown"}, "user": {"bob"}, "session": {"alice"},
		"team": {"alice"}, "closure": {"guest"}, "except user": {"bob", "guest"},
	}
	for name, audience := range audiences {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, htmxrt.Options{})
			start := s.hub.Cursor()
			for viewer, as := range viewers {
				s.enter(viewer, as)
			}
			send(t, s.hub, from(alice), append(opts(htmxrt.Text("x")), audience...)...)
			if got := s.received(t); !slices.Equal(got, want[name]) {
				t.Errorf("live to %q, want %q", got, want[name])
			}
			replayed := &scene{hub: s.hub, server: s.server, streams: make(map[string]*htmxrttest.Stream)}
			for viewer, as := range viewers {
				replayed.enter(viewer, as, htmxrttest.After(start))
			}
			if got := firstBeforeFence(replayed); !slices.Equal(got, want[name]) {
				t.Errorf("replayed to %q, want %q", got, want[name])
			}
		})
	}
}

// firstBeforeFence returns which streams received something before the fence
// that is in the log already.
func firstBeforeFence(s *scene) (names []string) {
	for name, stream := range s.streams {
		for event := stream.Next(); event.Data != "fence"; event = stream.Next() {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
