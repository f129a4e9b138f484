package htmxrt_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

// login is a session whose store can be told what to say.
type login struct {
	mu  sync.Mutex // guards the fields below
	who htmxrt.Identity
	err error
}

func (l *login) set(who htmxrt.Identity, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.who, l.err = who, err
}

func (l *login) session(key string) htmxrt.Session {
	return htmxrt.Session{Key: key, Check: func(context.Context) (htmxrt.Identity, error) {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.who, l.err
	}}
}

// TestLogoutMeansIt: once a revocation returns, nothing sent later reaches it.
func TestLogoutMeansIt(t *testing.T) {
	t.Run("revoke_user_closes_all", func(t *testing.T) {
		s := newScene(t, htmxrt.Options{})
		s.everybody()
		if err := s.hub.Revoke(context.Background(), htmxrt.UserTarget("alice")); err != nil {
			t.Fatal(err)
		}
		send(t, s.hub, from(alice), htmxrt.Text("secret"))
		for _, name := range []string{"alice 1", "alice 2"} {
			if got := s.streams[name].Next(); got.Name != "htmxrt-close" || got.Retry != time.Minute || got.HasID {
				t.Errorf("%s: %+v, want htmxrt-close", name, got)
			}
			if event, more := s.streams[name].TryNext(); more {
				t.Errorf("%s: %+v after htmxrt-close", name, event)
			}
			delete(s.streams, name)
		}
		say(t, s.hub, "on")
		if got := s.received(t); !slices.Equal(got, []string{"bob", "guest", "unknown"}) {
			t.Errorf("received by %q, want those who were not revoked", got)
		}
	})
	t.Run("one session of a user", func(t *testing.T) {
		s := newScene(t, htmxrt.Options{})
		s.everybody()
		if err := s.hub.Revoke(context.Background(), htmxrt.SessionTarget("phone")); err != nil {
			t.Fatal(err)
		}
		send(t, s.hub, from(alice), htmxrt.Text("on"))
		if got := []string{s.streams["alice 1"].Next().Data, s.streams["alice 2"].Next().Name}; !slices.Equal(got, []string{"on", "htmxrt-close"}) {
			t.Errorf("laptop and phone received %q", got)
		}
	})
	t.Run("sends race with the revocation", func(t *testing.T) {
		for range 50 {
			s := newScene(t, htmxrt.Options{})
			stream := s.enter("alice", htmxrttest.As(alice))
			var revoked atomic.Bool
			var wg sync.WaitGroup
			for range 2 {
				wg.Go(func() {
					for range 40 {
						text := "before"
						if revoked.Load() {
							text = "after"
						}
						send(t, s.hub, from(alice), htmxrt.Text(text))
					}
				})
			}
			if err := s.hub.Revoke(context.Background(), htmxrt.UserTarget("alice")); err != nil {
				t.Fatal(err)
			}
			revoked.Store(true)
			wg.Wait()
			for event, more := stream.TryNext(); more; event, more = stream.TryNext() {
				if event.Data == "after" {
					t.Fatal("received what was sent after the revocation had returned")
				}
			}
		}
	})
	t.Run("nobody to revoke", func(t *testing.T) {
		hub := htmxrttest.NewHub(t, htmxrt.Options{})
		for _, target := range []htmxrt.Target{{}, htmxrt.UserTarget(""), htmxrt.SessionTarget("")} {
			if err := hub.Revoke(context.Background(), target); !errors.Is(err, htmxrt.ErrNoAudience) {
				t.Errorf("Revoke(%v) = %v, want %v", target, err, htmxrt.ErrNoAudience)
			}
		}
	})
}

// A stream whose identity was looked up before a revocation, and that registers
// after it, is not let in.
func TestRevocationDuringConnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub := htmxrttest.NewHub(t, htmxrt.Options{})
		stream := hub.Stream("room")
		server := htmxrttest.NewServer(t, hub.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			// The session was loaded; now it is revoked, which finds no stream yet.
			if err := hub.Revoke(r.Context(), htmxrt.SessionTarget("s")); err != nil {
				t.Error(err)
			}
			synctest.Wait()
			stream.ServeHTTP(w, r)
		})))
		got := server.Open("/", htmxrttest.As(alice, htmxrt.Session{Key: "s"})).NextRaw()
		if got.Name != "htmxrt-close" {
			t.Errorf("first event = %+v, want htmxrt-close", got)
		}
	})
}

// Without the middleware nobody knows when the session was read: it is read
// again once the stream is registered.
func TestSessionIsCheckedAgainWithoutTheMiddleware(t *testing.T) {
	s := newScene(t, htmxrt.Options{})
	l := &login{who: htmxrt.Anonymous()}
	if got := s.server.Open("/room", htmxrttest.As(alice, l.session("s"))).NextRaw(); got.Name != "htmxrt-close" {
		t.Errorf("first event = %+v, want htmxrt-close", got)
	}
}

func TestRevalidation(t *testing.T) {
	tests := []struct {
		scenario string
		who      htmxrt.Identity
		err      error
		want     string
	}{
		{scenario: "session_destroyed_elsewhere_detected_by_tick", who: htmxrt.Anonymous(), want: "htmxrt-close"},
		{scenario: "another user's now", who: bob, want: "htmxrt-close"},
		{scenario: "unknown now", want: "htmxrt-close"},
		{scenario: "the store fails", err: errors.New("down"), want: "htmxrt-bye"},
	}
	for _, tt := range tests {
		t.Run(tt.scenario, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newScene(t, htmxrt.Options{})
				l := &login{who: alice}
				stream := s.enter("alice", htmxrttest.As(alice, l.session("s")))
				time.Sleep(2 * time.Minute)
				say(t, s.hub, "valid")
				if got := stream.Next().Data; got != "valid" {
					t.Fatalf("a valid session's stream: %q", got)
				}
				l.set(tt.who, tt.err)
				start := time.Now()
				got := stream.Next()
				if took := time.Since(start); got.Name != tt.want || took > 33*time.Second {
					t.Errorf("%+v after %v, want %s within a tick of 30s", got, took, tt.want)
				}
				send(t, s.hub, from(alice), htmxrt.Text("late"))
				if event, more := stream.TryNext(); more {
					t.Errorf("%+v after the end", event)
				}
			})
		})
	}
}

func TestSessionExpires(t *testing.T) {
	t.Run("session_expiry_mid_connection", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			for _, checked := range []bool{false, true} {
				s := newScene(t, htmxrt.Options{})
				l := &login{who: alice}
				session := htmxrt.Session{Key: "s", Expires: time.Now().Add(45 * time.Second)}
				if checked {
					session.Check = l.session("s").Check
				}
				stream := s.enter("alice", htmxrttest.As(alice, session))
				time.Sleep(44 * time.Second)
				l.set(htmxrt.Anonymous(), nil)
				start := time.Now()
				got := stream.Next()
				if took := time.Since(start); got.Name != "htmxrt-close" || took != time.Second {
					t.Errorf("checked %v: %+v after %v, want htmxrt-close at the expiry", checked, got, took)
				}
			}
		})
	})
	t.Run("a session that was prolonged meanwhile goes on", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newScene(t, htmxrt.Options{})
			l := &login{who: alice}
			session := l.session("s")
			session.Expires = time.Now().Add(45 * time.Second)
			stream := s.enter("alice", htmxrttest.As(alice, session))
			time.Sleep(5 * time.Minute)
			say(t, s.hub, "still here")
			if got := stream.Next().Data; got != "still here" {
				t.Errorf("received %q", got)
			}
		})
	})
}

func TestStoreFailureAtConnectIsNotAnonymous(t *testing.T) {
	s := newScene(t, htmxrt.Options{})
	l := &login{err: errors.New("down")}
	got := s.server.Open("/room", htmxrttest.As(htmxrt.Identity{}, l.session(""))).NextRaw()
	if got.Name != "htmxrt-bye" || got.Retry < 2*time.Second || got.HasID {
		t.Errorf("first event = %+v, want htmxrt-bye", got)
	}
	under := htmxrttest.NewServer(t, s.hub.Middleware(s.hub.Stream("room")))
	if got := under.Open("/", htmxrttest.As(htmxrt.Identity{}, l.session(""))).NextRaw(); got.Name != "htmxrt-bye" {
		t.Errorf("under the middleware: %+v, want htmxrt-bye", got)
	}
	l.set(alice, nil)
	stream := s.server.Open("/room", htmxrttest.As(htmxrt.Identity{}, l.session("")))
	send(t, s.hub, from(alice), htmxrt.Text("back"))
	if got := stream.Next().Data; got != "back" {
		t.Errorf("with the store back: %q", got)
	}
}

func TestAuthorizeIsAskedAgain(t *testing.T) {
	t.Run("role_revoked_topic_reauthorised", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var refused sync.Map
			s := newScene(t, htmxrt.Options{Authorize: func(_ context.Context, _ htmxrt.Identity, topic string) error {
				if _, no := refused.Load(topic); no {
					return errors.New("no longer")
				}
				return nil
			}})
			stream := s.server.Open("/?topic=room&topic=other", htmxrttest.As(alice))
			refused.Store("other", true)
			time.Sleep(40 * time.Second)
			if err := s.hub.Send(from(alice), "other", htmxrt.Text("secret"), htmxrt.Everyone()); err != nil {
				t.Fatal(err)
			}
			say(t, s.hub, "room")
			if got := stream.Next().Data; got != "room" {
				t.Errorf("received %q, want the topic that is still allowed", got)
			}
			refused.Store("room", true)
			start := time.Now()
			got := stream.Next()
			if took := time.Since(start); got.Name != "htmxrt-reset" || got.Retry != time.Minute || took > 33*time.Second {
				t.Errorf("with no topic left: %+v after %v, want a reset", got, took)
			}
			if event, more := stream.TryNext(); more {
				t.Errorf("%+v after the end", event)
			}
		})
	})
	t.Run("server-chosen topics that are refused are left out", func(t *testing.T) {
		hub := htmxrttest.NewHub(t, htmxrt.Options{Authorize: members})
		server := htmxrttest.NewServer(t, hub.Stream("room", "secret"))
		stream := server.Open("/", htmxrttest.As(alice))
		if err := hub.Send(from(alice), "secret", htmxrt.Text("secret")); err != nil {
			t.Fatal(err)
		}
		say(t, hub, "room")
		if got := stream.Next().Data; got != "room" {
			t.Errorf("received %q", got)
		}
		if res, _ := get(t, hub.Stream("room"), "/"); res.StatusCode != http.StatusForbidden {
			t.Errorf("with none left: status %d, want 403", res.StatusCode)
		}
	})
}

// A revocation in a log that was lost bars what came before it, and nothing
// that comes after.
func TestRevocationOfALostLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &replaceable{current: htmxrt.NewMemoryBroker(htmxrt.Window{})}
		s := newSite(t, htmxrt.Options{Broker: b}, follows("room"))
		old := s.render(htmxrttest.As(alice))
		say(t, s.hub, "1", "2", "3")
		if err := s.hub.Revoke(context.Background(), htmxrt.UserTarget("alice")); err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // it is read
		b.lose()
		time.Sleep(time.Second)
		fresh := s.render(htmxrttest.As(alice))
		for url, want := range map[string]string{old.URL: "htmxrt-reset", fresh.URL: "htmxrt-open"} {
			if got := s.server.Open(url, htmxrttest.As(alice)).NextRaw(); got.Name != want {
				t.Errorf("first event = %+v, want %s", got, want)
			}
		}
	})
}

func TestExpiredSessionIsNotLetIn(t *testing.T) {
	s := newScene(t, htmxrt.Options{})
	expired := htmxrt.Session{Key: "s", Expires: time.Now().Add(-time.Second)}
	if got := s.server.Open("/room", htmxrttest.As(alice, expired)).NextRaw(); got.Name != "htmxrt-close" {
		t.Errorf("first event = %+v, want htmxrt-close", got)
	}
}
