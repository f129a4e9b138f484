package e2e_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/middleware"
	"github.com/htmxrt/htmxrt/static"
)

// logoutLimit is how long streams of a session may outlive it.
const logoutLimit = time.Second

// Logging out in one tab ends the stream of the other, for good, and leaves the
// same user's session in another browser alone.
func TestLogoutEndsTheOtherTab(t *testing.T) {
	t.Parallel()
	hub, visits, url := newSessions(t)
	u := newUser(t)
	here := u.open(url + "/login")
	here.awaitOpen(1)
	there := u.open(url)
	there.awaitOpen(1)
	elsewhere := newUser(t).open(url + "/login")
	elsewhere.awaitOpen(1)

	here.click("#logout")
	there.await(`e2e.closed.includes("message")`)
	logout := visits.await(t, "/logout", "the logout", allEnded(1))[0]
	streams := visits.await(t, htmxrt.DefaultStreamPath, "two streams end", func(list []visit) bool {
		return len(list) == 3 && !list[0].ended.IsZero() && !list[1].ended.IsZero()
	})
	if took := streams[1].ended.Sub(logout.at); took > logoutLimit {
		t.Errorf("the other tab's stream ended %v after the logout, want %v at most", took, logoutLimit)
	}
	if err := hub.Send(t.Context(), "news", htmxrt.Text("later"), htmxrt.Everyone()); err != nil {
		t.Fatal(err)
	}
	elsewhere.awaitText(regionOf("news"), "later")
	there.wantText(regionOf("news"), "")
	if got := eval[int](there, "e2e.opened[0].readyState"); got != 2 {
		t.Errorf("the other tab's EventSource has the state %d, want 2, closed", got)
	}
	if !streams[2].ended.IsZero() {
		t.Error("the logout ended the stream of the user's other session")
	}
}

// newSessions is an Echo app with scs sessions: /login signs ann in, / follows
// the news, and a button logs out.
func newSessions(t *testing.T) (*htmxrt.Hub, *visits, string) {
	t.Helper()
	hub, err := htmxrt.New(htmxrt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e, sessions := echo.New(), scs.New()
	if err := middleware.Register(e, hub, sessions, middleware.Config{}); err != nil {
		t.Fatal(err)
	}
	show := func(c echo.Context) error {
		logout := templ.Raw(`<button id="logout" hx-post="/logout" hx-swap="none">Log out</button>`)
		return middleware.Render(c, http.StatusOK, document(static.Htmx2, stream([]string{"news"}, list("news"), logout)))
	}
	e.GET("/", show)
	e.GET("/login", func(c echo.Context) error {
		if err := middleware.Login(c, sessions, "ann"); err != nil {
			return err
		}
		return show(c)
	})
	e.POST("/logout", func(c echo.Context) error {
		if err := middleware.Logout(c, sessions); err != nil {
			return err
		}
		return c.NoContent(http.StatusNoContent)
	})
	v := newVisits()
	server := httptest.NewServer(v.record(e))
	t.Cleanup(func() {
		if err := hub.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		server.Close()
	})
	return hub, v, server.URL
}
