package middleware_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
	"github.com/htmxrt/htmxrt/middleware"
)

// bare wires the middleware without Register, so that the store knows no hub.
func bare(s *site) {
	s.echo.Use(middleware.Realtime(s.hub), middleware.Sessions(s.sm), middleware.Identify(s.sm, middleware.Config{}))
	s.echo.Any(htmxrt.DefaultStreamPath, echo.WrapHandler(s.hub))
}

func hashed(sm *scs.SessionManager) { sm.HashTokenInStore = true }

// wirings are the ways in which a logout must end streams.
var wirings = map[string]plan{
	"with Register":             {},
	"with hashed tokens":        {sessions: hashed},
	"without Register":          {instead: bare},
	"without Register, hashed":  {instead: bare, sessions: hashed},
	"inside of scs, registered": {handler: func(s *site) http.Handler { return s.sm.LoadAndSave(s.echo) }},
}

func TestLogoutEndsStreams(t *testing.T) {
	t.Run("logout_closes_streams_of_session", func(t *testing.T) {
		for name, p := range wirings {
			t.Run(name, func(t *testing.T) {
				s := newSite(t, p)
				laptop, phone, bob := s.login("alice"), s.login("alice"), s.login("bob")
				page := laptop.get("/page").body
				ended := []*htmxrttest.Stream{laptop.open(page), laptop.open("/room")}
				kept := []*htmxrttest.Stream{phone.openPage(), bob.open("/room")}
				old := laptop.clone()
				laptop.post("/logout").is(http.StatusOK).setsCookies(1)
				if laptop.token() != "" {
					t.Errorf("the cookie is still %q", laptop.token())
				}
				s.fence()
				for _, st := range ended {
					ends(t, st, "htmxrt-close", "revoked")
				}
				for _, st := range kept {
					st.NextIs("fence")
				}
				old.get("/who").says("unknown")
				ends(t, laptop.open(page), "htmxrt-close", "session")
			})
		}
	})
	t.Run("also when scs is called", func(t *testing.T) {
		s := newSite(t, plan{})
		s.echo.POST("/destroy", func(c echo.Context) error { return s.sm.Destroy(c.Request().Context()) })
		s.echo.POST("/renew", func(c echo.Context) error { return s.sm.RenewToken(c.Request().Context()) })
		for _, path := range []string{"/renew", "/destroy"} {
			alice := s.login("alice")
			stream := alice.open("/room")
			alice.post(path).is(http.StatusOK)
			ends(t, stream, "htmxrt-close", "revoked")
		}
	})
}

func TestLogoutThatFails(t *testing.T) {
	s := newSite(t, plan{})
	alice := s.login("alice")
	stream := alice.open("/room")
	s.store.fail(nil, nil, errStore)
	alice.post("/logout").is(http.StatusInternalServerError)
	s.store.fail(nil, nil, nil)
	s.fence()
	stream.NextIs("fence")
	alice.post("/put").says("put")
	alice.get("/who").says("user alice")
	if !s.store.has(alice.token()) {
		t.Error("the session is gone")
	}
}

// After Shutdown there are no streams to end, and people still log out.
func TestLogoutAfterShutdown(t *testing.T) {
	for name, p := range wirings {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, p)
			alice := s.login("alice")
			if err := s.hub.Shutdown(context.Background()); err != nil {
				t.Fatal(err)
			}
			alice.post("/logout").is(http.StatusOK)
			alice.get("/who").says("anonymous")
		})
	}
}

// What follows a Logout in its request has no default audience: not the user
// who left, and by no means everyone, as an anonymous sender's would be.
func TestAfterLogoutTheSenderIsUnknown(t *testing.T) {
	s := newSite(t, plan{})
	s.echo.POST("/", func(c echo.Context) error {
		if err := middleware.Logout(c, s.sm); err != nil {
			return err
		}
		err := htmxrt.Send(c.Request().Context(), "room", htmxrt.Text("x"))
		if !errors.Is(err, htmxrt.ErrUnknownSender) {
			t.Errorf("Send = %v, want %v", err, htmxrt.ErrUnknownSender)
		}
		return nil
	})
	guest, alice := s.browser().open("/room"), s.login("alice")
	alice.post("/").is(http.StatusOK)
	s.fence()
	guest.NextIs("fence")
}

// The rest of the request of a Login is the user's: its sends, and the page that
// it answers with.
func TestAfterLoginTheSenderIsTheUser(t *testing.T) {
	s := newSite(t, plan{config: middleware.Config{UserKey: "uid"}})
	s.echo.POST("/", func(c echo.Context) error {
		if err := middleware.Login(c, s.sm, "alice"); err != nil {
			return err
		}
		ctx := c.Request().Context()
		if got := s.sm.GetString(ctx, "uid"); got != "alice" {
			t.Errorf("the session's user is %q", got)
		}
		if err := htmxrt.Send(ctx, "room", htmxrt.Text("welcome")); err != nil {
			return err
		}
		connection, err := htmxrt.Connect(ctx, "room")
		if err != nil {
			return err
		}
		return c.String(http.StatusOK, connection.URL)
	})
	alice, bob := s.login("alice").open("/room"), s.login("bob").open("/room")
	b := s.browser()
	page := b.post("/").is(http.StatusOK).setsCookies(1).body
	stream := b.open(page)
	s.fence()
	alice.NextIs("welcome")
	bob.NextIs("fence")
	stream.NextIs("welcome") // sent between the page's rendering and its connection
}

func TestLoginRenewsTheToken(t *testing.T) {
	t.Run("renew_token_then_reconnect_keeps_working", func(t *testing.T) {
		s := newSite(t, plan{})
		b := s.browser()
		b.post("/put").says("put") // a session from before the login
		before := b.clone()
		page, room := b.openPage(), b.open("/room")
		b.post("/login/alice").is(http.StatusOK).setsCookies(1)
		if b.token() == before.token() || s.store.has(before.token()) {
			t.Error("the token from before the login is still good")
		}
		ends(t, page, "htmxrt-close", "revoked")
		ends(t, room, "htmxrt-close", "revoked")
		page, room = b.openPage(), b.open("/room")
		b.post("/send/hello").is(http.StatusOK)
		page.NextIs("hello")
		room.NextIs("hello")
	})
	t.Run("streams of the old token end without Register too", func(t *testing.T) {
		s := newSite(t, plan{instead: bare})
		alice := s.login("alice")
		stream := alice.open("/room")
		alice.post("/login/bob").is(http.StatusOK)
		ends(t, stream, "htmxrt-close", "revoked")
	})
}

func TestLoginRefuses(t *testing.T) {
	t.Run("no user id", func(t *testing.T) {
		s := newSite(t, plan{})
		s.echo.POST("/", func(c echo.Context) error {
			if err := middleware.Login(c, s.sm, ""); err == nil {
				t.Error("Login without a user id succeeded")
			}
			return nil
		})
		s.browser().post("/").is(http.StatusOK).setsCookies(0)
	})
	t.Run("no session", func(t *testing.T) {
		s := newSite(t, plan{instead: func(*site) {}})
		s.echo.POST("/", func(c echo.Context) error {
			if err := middleware.Login(c, s.sm, "alice"); !errors.Is(err, middleware.ErrNoSession) {
				t.Errorf("Login = %v, want %v", err, middleware.ErrNoSession)
			}
			if err := middleware.Logout(c, s.sm); !errors.Is(err, middleware.ErrNoSession) {
				t.Errorf("Logout = %v, want %v", err, middleware.ErrNoSession)
			}
			return nil
		})
		s.browser().post("/").is(http.StatusOK)
	})
}

func TestPeopleAtOneBrowser(t *testing.T) {
	t.Run("guest_stream_logs_in_other_tab", func(t *testing.T) {
		s := newSite(t, plan{})
		b := s.browser()
		page := b.get("/page").body
		guest := b.open("/room")
		b.post("/login/alice").is(http.StatusOK)
		b.post("/send/secret").is(http.StatusOK) // to alice
		s.fence()
		guest.NextIs("fence")
		guest.Close()
		guest = b.open("/room") // the browser reconnects, with the new cookie
		b.post("/send/hello").is(http.StatusOK)
		for _, event := range guest.Until("hello") {
			if event.Data != "fence" { // which the hub may have been delivering still
				t.Errorf("received %q", event.Data)
			}
		}
		ends(t, b.open(page), "htmxrt-reset", "ticket") // rendered for a guest
	})
	t.Run("switch_user_same_browser_no_leak", func(t *testing.T) {
		s := newSite(t, plan{})
		b := s.login("alice")
		elsewhere := s.login("alice")
		witness := elsewhere.open("/room")
		page := b.get("/page").body
		hers, room := b.open(page), b.open("/room")
		b.post("/logout").is(http.StatusOK)
		b.post("/login/bob").is(http.StatusOK)
		b.post("/send/of-bob").is(http.StatusOK)
		elsewhere.post("/send/of-alice").is(http.StatusOK)
		witness.NextIs("of-alice") // so what was sent before is behind the streams to come
		ends(t, hers, "htmxrt-close", "revoked")
		ends(t, room, "htmxrt-close", "revoked")
		ends(t, b.open(page), "htmxrt-reset", "ticket")
		his := b.open("/room")
		returned := b.open("/room", htmxrttest.LastEventID(room.LastID())) // replays what bob may see
		elsewhere.post("/send/more-of-alice").is(http.StatusOK)
		b.post("/send/more-of-bob").is(http.StatusOK)
		his.NextIs("more-of-bob")
		returned.NextIs("of-bob")
		returned.NextIs("more-of-bob")
	})
}
