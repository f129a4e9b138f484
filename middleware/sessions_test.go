package middleware_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"
	echomiddleware "github.com/labstack/echo/v4/middleware"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
	"github.com/htmxrt/htmxrt/middleware"
	"github.com/htmxrt/htmxrt/static"
)

func idleFor(d time.Duration) func(*scs.SessionManager) {
	return func(sm *scs.SessionManager) { sm.IdleTimeout = d }
}

func TestSessionIsSavedOnce(t *testing.T) {
	tests := []struct {
		name    string
		handler echo.HandlerFunc // after a Put
		status  int
	}{
		{"the handler writes", func(c echo.Context) error { return c.String(http.StatusOK, "x") }, 200},
		{"the handler writes nothing", func(echo.Context) error { return nil }, 200},
		{"the handler returns an error", func(echo.Context) error { return echo.ErrTeapot }, 418},
		{"the handler writes and returns an error", func(c echo.Context) error {
			return errors.Join(c.String(http.StatusAccepted, "x"), errors.New("late"))
		}, 202},
		{"the handler calls the error handler", func(c echo.Context) error { c.Error(echo.ErrTeapot); return nil }, 418},
		{"the handler panics", func(echo.Context) error { panic("oops") }, 500},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, plan{before: func(s *site) {
				s.echo.Use(quietRecover)
			}})
			s.echo.GET("/", func(c echo.Context) error {
				s.sm.Put(c.Request().Context(), "color", "red")
				return tt.handler(c)
			})
			b := s.browser()
			b.get("/").is(tt.status).setsCookies(1)
			if n := s.store.committed(); n != 1 {
				t.Errorf("%d commits, want 1", n)
			}
			if !s.store.has(b.token()) {
				t.Error("the cookie names no session of the store")
			}
		})
	}
}

func TestSessionThatDidNotChangeIsNotSaved(t *testing.T) {
	s := newSite(t, plan{})
	b := s.login("alice")
	s.store.committed()
	b.get("/who").setsCookies(0).says("user alice")
	s.browser().get("/who").setsCookies(0).says("anonymous")
	if n := s.store.committed(); n != 0 {
		t.Errorf("%d commits, want 0", n)
	}
}

func TestPagesVaryByCookie(t *testing.T) {
	s := newSite(t, plan{})
	if got := s.browser().get("/who").Header.Values("Vary"); len(got) != 1 || got[0] != "Cookie" {
		t.Errorf("Vary = %q, want Cookie", got)
	}
	if got := s.browser().openPage().Header.Values("Vary"); len(got) != 1 || got[0] != "Cookie" {
		t.Errorf("on the stream Vary = %q, want Cookie", got)
	}
}

func TestCookieSettingsAreThoseOfTheManager(t *testing.T) {
	s := newSite(t, plan{sessions: func(sm *scs.SessionManager) {
		sm.Cookie = scs.SessionCookie{Name: "sid", Path: "/app", Secure: true, SameSite: http.SameSiteStrictMode}
	}})
	got := s.browser().post("/put").Header.Get("Set-Cookie")
	if !strings.HasPrefix(got, "sid=") || !strings.HasSuffix(got, "; Path=/app; Secure; SameSite=Strict") {
		t.Errorf("Set-Cookie: %s", got)
	}
}

func TestCommitErrorIsAServerError(t *testing.T) {
	handlers := map[string]echo.HandlerFunc{
		"before the handler's body": func(c echo.Context) error {
			c.Response().Header().Set("HX-Trigger", "saved")
			return c.HTML(http.StatusOK, "<p>saved</p>")
		},
		"behind a handler that wrote nothing": func(echo.Context) error { return nil },
		"before a handler's flush": func(c echo.Context) error {
			c.Response().WriteHeader(http.StatusOK)
			c.Response().Flush()
			return nil
		},
		"before a panic": func(c echo.Context) error {
			c.Response().WriteHeader(http.StatusOK)
			panic("oops")
		},
		"of a captured response": func(c echo.Context) error {
			if err := htmxrt.Send(c.Request().Context(), "room", htmxrt.Everyone()); err != nil {
				return err
			}
			return c.HTML(http.StatusOK, "<p>saved</p>")
		},
		"of a captured response, before a panic": func(c echo.Context) error {
			if err := htmxrt.Send(c.Request().Context(), "room", htmxrt.Everyone()); err != nil {
				return err
			}
			c.Response().WriteHeader(http.StatusOK)
			panic("oops")
		},
	}
	for order, with := range orders {
		for name, handler := range handlers {
			t.Run(name+", middleware "+order, func(t *testing.T) {
				s := newSite(t, with(echomiddleware.Gzip(), quietLogger, quietRecover))
				s.echo.POST("/", func(c echo.Context) error {
					s.sm.Put(c.Request().Context(), "color", "red")
					return handler(c)
				})
				stream := s.browser().open("/room")
				s.store.fail(nil, errStore, nil)
				got := s.browser().post("/").is(http.StatusInternalServerError).setsCookies(0)
				if want := "{\"message\":\"Internal Server Error\"}\n"; got.body != want {
					t.Errorf("body %q, want %q", got.body, want)
				}
				if n := s.store.committed(); n != 1 {
					t.Errorf("%d commits were tried, want 1", n)
				}
				if trigger := got.Header.Get("HX-Trigger"); trigger != "" {
					t.Errorf("HX-Trigger: %s", trigger)
				}
				s.fence()
				stream.NextIs("fence")
			})
		}
	}
}

func TestLoadErrorIsAServerError(t *testing.T) {
	s := newSite(t, plan{})
	b := s.login("alice")
	s.store.fail(errStore, nil, nil)
	got := b.get("/who", htmxrttest.Header("Accept", "text/html, text/event-stream"))
	if got.is(http.StatusInternalServerError); strings.Contains(got.body, "fire") {
		t.Errorf("the client reads %q", got.body)
	}
}

func TestDefaultAudience(t *testing.T) {
	t.Run("default_session_store_error_is_not_anonymous", func(t *testing.T) {
		s := newSite(t, plan{})
		guest, alice := s.browser().open("/room"), s.login("alice")
		s.store.fail(errStore, nil, nil)
		alice.post("/send/secret").is(http.StatusInternalServerError)
		s.fence()
		guest.NextIs("fence")
	})
	t.Run("default_uses_cookie_session_of_the_stream", func(t *testing.T) {
		s := newSite(t, plan{})
		alice, bob := s.login("alice"), s.login("bob")
		hers, page, his := alice.open("/room"), alice.openPage(), bob.open("/room")
		alice.post("/send/hello").is(http.StatusOK)
		s.fence()
		hers.NextIs("hello")
		page.NextIs("hello")
		his.NextIs("fence")
	})
}

// A browser gives a stream up for good after a 500, so it is told to come back.
func TestStoreErrorOnAStreamIsBye(t *testing.T) {
	for _, path := range []string{"/_rt/stream?ticket=", "/live?ticket=", "/room"} {
		t.Run(path, func(t *testing.T) {
			p := plan{}
			if strings.HasPrefix(path, "/live") {
				p.config.StreamPath = "/live"
			}
			s := newSite(t, p)
			alice := s.login("alice")
			if ticket, ok := strings.CutPrefix(alice.get("/page").body, strings.TrimSuffix(path, "ticket=")); ok {
				path = strings.TrimSuffix(path, "ticket=") + ticket
			}
			s.store.fail(errStore, nil, nil)
			stream := alice.open(path)
			ends(t, stream, "htmxrt-bye", "store")
			s.store.fail(nil, nil, nil)
			stream = alice.open(path)
			alice.post("/send/hello").is(http.StatusOK)
			stream.NextIs("hello")
		})
	}
}

// A store that works again when the hub asks once more has lost nobody a stream.
func TestStoreThatRecoversWhileAStreamConnects(t *testing.T) {
	s := newSite(t, plan{})
	s.echo.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			s.store.fail(nil, nil, nil)
			return next(c)
		}
	})
	alice := s.login("alice")
	for _, path := range []string{"/room", alice.get("/page").body} {
		s.store.fail(errStore, nil, nil)
		stream := alice.open(path)
		alice.post("/send/hello").is(http.StatusOK)
		stream.NextIs("hello")
	}
}

// Handlers of requests for streams may ask for the session whatever the store does.
func TestStoreErrorOnAStreamIsNoPanicOfScs(t *testing.T) {
	s := newSite(t, plan{})
	s.echo.GET("/custom", func(c echo.Context) error {
		ctx := c.Request().Context()
		s.sm.Put(ctx, "color", "red")
		if err := middleware.Login(c, s.sm, "mallory"); !errors.Is(err, middleware.ErrNoSession) || !errors.Is(err, errStore) {
			t.Errorf("Login = %v, want %v with %v", err, middleware.ErrNoSession, errStore)
		}
		if err := htmxrt.Send(ctx, "room", htmxrt.Text("x")); !errors.Is(err, htmxrt.ErrUnknownSender) {
			t.Errorf("Send = %v, want %v", err, htmxrt.ErrUnknownSender)
		}
		return c.String(http.StatusOK, s.sm.GetString(ctx, "user"))
	})
	alice := s.login("alice")
	s.store.committed()
	s.store.fail(errStore, nil, nil)
	source := htmxrttest.Header("Accept", "text/event-stream")
	alice.get("/custom", source).setsCookies(0).says("")
	alice.get("/who", source).setsCookies(0).says("unknown")
	if n := s.store.committed(); n != 0 {
		t.Errorf("%d commits, want 0", n)
	}
}

func TestIdleTimeout(t *testing.T) {
	t.Run("a request prolongs", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newSite(t, plan{sessions: idleFor(20 * time.Minute)})
			alice := s.login("alice")
			for range 4 {
				time.Sleep(15 * time.Minute)
				alice.get("/who").setsCookies(1).says("user alice")
			}
			time.Sleep(20*time.Minute + time.Second)
			alice.get("/who").says("unknown")
		})
	})
	t.Run("idle_timeout_not_extended_by_stream_or_reconnect", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := newSite(t, plan{sessions: idleFor(20 * time.Minute)})
			alice := s.login("alice")
			page := alice.get("/page").body
			s.store.committed()
			for range 3 { // reconnects
				time.Sleep(5 * time.Minute)
				alice.open(page).Close()
				alice.open("/room").Close()
			}
			stream, other := alice.open("/room"), alice.open(page)
			ends(t, stream, "htmxrt-close", "session")
			ends(t, other, "htmxrt-close", "session")
			if n := s.store.committed(); n != 0 {
				t.Errorf("%d commits, want 0", n)
			}
			alice.get("/who").says("unknown")
		})
	})
	t.Run("prolonging keeps what others wrote", func(t *testing.T) {
		s := newSite(t, plan{sessions: idleFor(time.Hour)})
		alice := s.login("alice")
		s.echo.GET("/slow", func(c echo.Context) error {
			alice.clone().post("/put").is(http.StatusOK)
			return c.String(http.StatusOK, "slow")
		})
		s.echo.GET("/color", func(c echo.Context) error {
			return c.String(http.StatusOK, s.sm.GetString(c.Request().Context(), "color"))
		})
		alice.get("/slow").setsCookies(1)
		alice.get("/color").says("red")
	})
}

// A request that loaded the session before a logout and answers after it must
// not bring the session back, with and without Register's store.
func TestSlowRequestDoesNotResurrect(t *testing.T) {
	paths := map[string]func(*site, echo.Context){
		"reading": func(*site, echo.Context) {},
		"writing": func(s *site, c echo.Context) { s.sm.Put(c.Request().Context(), "color", "red") },
	}
	for name, touch := range paths {
		for _, registered := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				p := plan{sessions: idleFor(time.Hour)}
				if !registered {
					p.instead = func(s *site) { s.echo.Use(middleware.Sessions(s.sm)) }
				}
				s := newSite(t, p)
				alice := s.login("alice")
				old := alice.clone()
				s.echo.POST("/slow", func(c echo.Context) error {
					touch(s, c)
					alice.post("/logout").is(http.StatusOK)
					return c.String(http.StatusOK, "slow")
				})
				token := alice.token()
				old.post("/slow").setsCookies(0).says("slow")
				if s.store.has(token) {
					t.Error("the destroyed session is back in the store")
				}
			})
		}
	}
}

func TestStreamNeverSavesItsSession(t *testing.T) {
	t.Run("closed_stream_does_not_resurrect_session", func(t *testing.T) {
		s := newSite(t, plan{sessions: idleFor(time.Hour)})
		alice := s.login("alice")
		token := alice.token()
		page, room := alice.openPage(), alice.open("/room")
		s.store.committed()
		alice.post("/logout").is(http.StatusOK)
		ends(t, page, "htmxrt-close", "revoked")
		ends(t, room, "htmxrt-close", "revoked")
		page.Close()
		room.Close()
		if n := s.store.committed(); n != 0 || s.store.has(token) {
			t.Errorf("%d commits, session back: %v", n, s.store.has(token))
		}
	})
	t.Run("a stream that the app mounted itself", func(t *testing.T) {
		s := newSite(t, plan{sessions: idleFor(time.Hour)})
		s.echo.GET("/own", func(c echo.Context) error {
			s.sm.Put(c.Request().Context(), "color", "red")
			c.Response().Header().Set("Content-Type", "text/event-stream; charset=utf-8")
			_, err := c.Response().Write([]byte("data: x\n\n"))
			return err
		})
		alice := s.login("alice")
		s.store.committed()
		alice.get("/own").setsCookies(0).says("data: x\n\n")
		s.browser().get("/own").setsCookies(0).says("data: x\n\n")
		if n := s.store.committed(); n != 0 {
			t.Errorf("%d commits, want 0", n)
		}
	})
	t.Run("answers of the hub that are no streams", func(t *testing.T) {
		s := newSite(t, plan{sessions: idleFor(time.Hour), config: middleware.Config{StreamPath: "/live"}})
		alice := s.login("alice")
		s.store.committed()
		alice.post("/live").is(http.StatusMethodNotAllowed).setsCookies(0)
		alice.get("/live").is(http.StatusBadRequest).setsCookies(0)
		alice.cookies["session"] = "stale"
		alice.get("/live").is(http.StatusBadRequest).setsCookies(0)
		if n := s.store.committed(); n != 0 {
			t.Errorf("%d commits, want 0", n)
		}
	})
}

func TestScriptsHaveNoSession(t *testing.T) {
	s := newSite(t, plan{sessions: idleFor(time.Hour)})
	alice := s.login("alice")
	s.store.committed()
	s.store.fail(errStore, errStore, nil)
	got := alice.get(static.Path + static.Assets()[0].Path()).is(http.StatusOK).setsCookies(0)
	if vary := got.Header.Get("Vary"); vary != "" || s.store.committed() != 0 {
		t.Errorf("Vary = %q, or the session was saved", vary)
	}
	if cache := got.Header.Get("Cache-Control"); !strings.Contains(cache, "immutable") {
		t.Errorf("Cache-Control = %q", cache)
	}
}
