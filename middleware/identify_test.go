package middleware_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"
	echomiddleware "github.com/labstack/echo/v4/middleware"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
	"github.com/htmxrt/htmxrt/middleware"
)

func TestIdentityOfASession(t *testing.T) {
	load := func(user htmxrt.User, err error) func(context.Context, string) (htmxrt.User, error) {
		return func(context.Context, string) (htmxrt.User, error) { return user, err }
	}
	tests := []struct {
		name  string
		value any // under the user's key; nil: none
		load  func(context.Context, string) (htmxrt.User, error)
		want  string
	}{
		{name: "nobody", want: "anonymous"},
		{name: "a string", value: "alice", want: "user alice"},
		{name: "a number", value: 7, want: "user 7"},
		{name: "an empty string", value: "", want: "unknown"},
		{name: "zero", value: 0, want: "unknown"}, // what GetInt returns for nobody
		{name: "loaded", value: 7, load: load(htmxrt.User{ID: "admin:7"}, nil), want: "user admin:7"},
		{name: "loaded without an ID", value: 7, load: load(htmxrt.User{Name: "x"}, nil), want: "unknown"},
		{name: "not loaded", value: 7, load: load(htmxrt.User{ID: "7"}, errors.New("no database")), want: "unknown"},
		{name: "panic", value: 7, load: func(context.Context, string) (htmxrt.User, error) { panic("oops") }, want: "unknown"},
		{name: "nobody to load", load: load(htmxrt.User{ID: "7"}, nil), want: "anonymous"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, plan{config: middleware.Config{UserKey: "uid", Load: tt.load}})
			s.echo.POST("/", func(c echo.Context) error {
				s.sm.Put(c.Request().Context(), "other", 1)
				if tt.value != nil {
					s.sm.Put(c.Request().Context(), "uid", tt.value)
				}
				return nil
			})
			b := s.browser()
			b.post("/").is(http.StatusOK)
			b.get("/who").says(tt.want)
		})
	}
}

func TestIdentityWithoutSessionsIsUnknown(t *testing.T) {
	s := newSite(t, plan{instead: func(s *site) { s.echo.Use(middleware.Identify(s.sm, middleware.Config{})) }})
	s.browser().get("/who").says("unknown")
}

func TestStaleCookieIsUnknownAndExpires(t *testing.T) {
	s := newSite(t, plan{})
	s.echo.GET("/nothing", func(echo.Context) error { return nil })
	for _, path := range []string{"/who", "/nothing"} {
		b := s.browser()
		b.cookies["session"] = "stale"
		if path == "/who" {
			b.get(path).setsCookies(1).says("unknown")
		} else {
			b.get(path).is(http.StatusOK).setsCookies(1)
		}
		if b.token() != "" {
			t.Errorf("after %s the cookie is %q", path, b.token())
		}
		b.get(path).setsCookies(0)
	}
	b := s.browser()
	b.cookies["session"] = "stale"
	if page := b.get("/page").body; page == "" || !strings.HasPrefix(page, "/_rt/stream?") {
		t.Errorf("the page connects to %q", page)
	} else if st := b.open(page); st.Opening().Name != "htmxrt-open" {
		t.Error("the page's stream does not open without the stale cookie")
	}
	b.cookies["session"] = "stale"
	stream := b.open("/room") // sets no cookie, see open
	s.fence()
	stream.NextIs("fence")
	b.post("/put").setsCookies(1).says("put")
	if !s.store.has(b.token()) {
		t.Errorf("the cookie %q names no session", b.token())
	}
}

func TestStreamPathIsToldToPages(t *testing.T) {
	s := newSite(t, plan{config: middleware.Config{StreamPath: "/live/stream"}})
	alice := s.login("alice")
	if page := alice.get("/page").body; !strings.HasPrefix(page, "/live/stream?") {
		t.Errorf("the page connects to %q", page)
	}
	stream := alice.openPage()
	alice.post("/send/hello").is(http.StatusOK)
	stream.NextIs("hello")
}

func TestTokensAreSecrets(t *testing.T) {
	csrf := echomiddleware.CSRF()
	s := newSite(t, plan{before: func(s *site) { s.echo.Use(csrf) }})
	leak := func(secret func(echo.Context) string) echo.HandlerFunc {
		return func(c echo.Context) error {
			return htmxrt.Send(c.Request().Context(), "room", htmxrt.HTML("<i>"+secret(c)+"</i>"), htmxrt.Everyone())
		}
	}
	failed := make(chan error, 1)
	s.echo.HTTPErrorHandler = func(err error, c echo.Context) {
		failed <- err
		s.echo.DefaultHTTPErrorHandler(err, c)
	}
	token := func(c echo.Context) string { return c.Get("csrf").(string) }
	session := func(c echo.Context) string { return s.sm.Token(c.Request().Context()) }
	s.echo.GET("/csrf", leak(token))
	s.echo.GET("/session", leak(session))
	s.echo.GET("/login", func(c echo.Context) error {
		if err := middleware.Login(c, s.sm, "alice"); err != nil {
			return err
		}
		return leak(session)(c)
	})
	b := s.browser()
	for _, path := range []string{"/login", "/csrf", "/session"} {
		if b.get(path).is(http.StatusInternalServerError); !errors.Is(<-failed, htmxrt.ErrSecretInFragment) {
			t.Errorf("%s was not refused as a secret", path)
		}
	}
	b.get("/csrf", htmxrttest.Header("Sec-Fetch-Site", "same-origin")).is(http.StatusOK) // the placeholder
}

func TestSessionThatEndsByItself(t *testing.T) {
	t.Run("session_destroyed_elsewhere_detected_by_tick", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newSite(t, plan{hub: htmxrt.Options{Revalidate: 30 * time.Second}})
			alice := s.login("alice")
			guest := s.browser()
			guest.post("/put").says("put") // with a session, but nobody in it
			streams := []*htmxrttest.Stream{alice.openPage(), alice.open("/room"), guest.open("/room")}
			time.Sleep(time.Minute)
			for _, b := range []*browser{alice, guest} {
				if err := s.store.MemStore.Delete(b.token()); err != nil { // as another process does
					t.Fatal(err)
				}
			}
			start := time.Now()
			for _, st := range streams {
				ends(t, st, "htmxrt-close", "session")
			}
			if d := time.Since(start); d > 33*time.Second {
				t.Errorf("ended after %v, want one interval", d)
			}
			s.fence()
		})
	})
	t.Run("session_expiry_mid_connection", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newSite(t, plan{sessions: func(sm *scs.SessionManager) { sm.Lifetime = 10 * time.Minute }})
			alice := s.login("alice")
			start := time.Now()
			page, room := alice.openPage(), alice.open("/room")
			ends(t, page, "htmxrt-close", "session")
			ends(t, room, "htmxrt-close", "session")
			if d := time.Since(start); d < 10*time.Minute || d > 10*time.Minute+time.Second {
				t.Errorf("ended after %v, want 10m", d)
			}
		})
	})
}

func TestCheckAsksTheStoreAndLoad(t *testing.T) {
	t.Run("the user is logged out by hand", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newSite(t, plan{})
			alice := s.login("alice")
			s.echo.POST("/remove", func(c echo.Context) error {
				s.sm.Remove(c.Request().Context(), "user")
				return nil
			})
			stream := alice.open("/room")
			alice.post("/remove").is(http.StatusOK)
			ends(t, stream, "htmxrt-close", "session")
		})
	})
	t.Run("the store fails", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newSite(t, plan{})
			stream := s.login("alice").open("/room")
			s.store.fail(errStore, nil, nil)
			ends(t, stream, "htmxrt-bye", "store")
		})
	})
	t.Run("the user is no more", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var gone atomic.Bool
			s := newSite(t, plan{config: middleware.Config{Load: func(_ context.Context, id string) (htmxrt.User, error) {
				if gone.Load() {
					return htmxrt.User{}, nil
				}
				return htmxrt.User{ID: id}, nil
			}}})
			stream := s.login("alice").open("/room")
			gone.Store(true)
			ends(t, stream, "htmxrt-close", "session")
		})
	})
	t.Run("a prolonged session goes on", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newSite(t, plan{sessions: idleFor(10 * time.Minute), hub: htmxrt.Options{MaxAge: 48 * time.Hour}})
			alice := s.login("alice")
			page := alice.get("/page").body
			stream := alice.open(page)
			for range 6 {
				time.Sleep(9 * time.Minute)
				alice.get("/who").says("user alice")
			}
			s.fence()
			stream.NextIs("fence")
			stream.Close()
			stream = alice.open(page) // the ticket is as old as the page
			s.fence()
			stream.NextIs("fence")
		})
	})
}
