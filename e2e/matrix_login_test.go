package e2e_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/a-h/templ"
	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"

	"github.com/htmxrt/htmxrt/components"
	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/middleware"
)

// In a second tab of the same browser somebody else signs in, with or without
// signing out before. The first tab, which is the old user's, shows nothing
// that is for the new one, and stops asking.
func TestOtherUserInSecondTab(t *testing.T) {
	t.Parallel()
	for _, way := range []struct {
		name string
		out  bool // sign out first
	}{{"after_logout", true}, {"without_logout", false}} {
		t.Run(way.name, func(t *testing.T) {
			onEach(t, scripted, func(t *testing.T, c client) { otherUser(t, c, way.out) })
		})
	}
}

func otherUser(t *testing.T, c client, out bool) {
	hub, visits, url := newDesk(t, c)
	u := newUser(t)
	ann := u.open(url + "/login/ann")
	ann.console.allow(refusedNoise...)
	ann.awaitLive()
	there := u.open(url + "/")
	there.awaitLive()

	if out {
		there.click("#logout")
		ann.awaitState("closed")
	}
	there.navigate(url + "/login/bob")
	there.awaitText("h1", "bob")
	there.awaitLive()
	ann.await(`document.documentElement.dataset.rtState !== "live" || document.querySelector("h1").textContent === "bob"`)
	send := func(text string, options ...htmxrt.SendOption) {
		t.Helper()
		if err := hub.Send(t.Context(), "desk", append(options, htmxrt.Text(text))...); err != nil {
			t.Fatal(err)
		}
	}
	send("for bob. ", htmxrt.ToUser("bob"))
	send("for ann. ", htmxrt.ToUser("ann"))
	send("for all.", htmxrt.Everyone())
	there.awaitText(regionOf("desk"), "for bob. for all.")

	asked := visits.count(htmxrt.DefaultStreamPath)
	eval[bool](ann, "new Promise(resolve => setTimeout(() => resolve(true), 4000))") // more than any retry
	if got := visits.count(htmxrt.DefaultStreamPath); got > asked+1 {
		t.Errorf("the old user's page asked %d times after its end, want at most once a minute", got-asked)
	}
	switch name, text := ann.text("h1"), ann.text(regionOf("desk")); {
	case name == "ann" && text != "":
		t.Errorf("ann's page shows %q after she is gone", text)
	case name == "bob" && text != "" && text != "for all." && text != "for bob. for all.":
		t.Errorf("the page that became bob's shows %q", text)
	}
}

// newDesk is an Echo app whose page says who is signed in and follows "desk".
func newDesk(t *testing.T, c client) (*htmxrt.Hub, *visits, string) {
	t.Helper()
	hub, err := htmxrt.New(htmxrt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e, sessions := echo.New(), scs.New()
	if err := middleware.Register(e, hub, sessions, middleware.Config{}); err != nil {
		t.Fatal(err)
	}
	show := func(ec echo.Context) error {
		ec.Response().Header().Set("Content-Security-Policy", policy)
		user, _ := htmxrt.IdentityFrom(ec.Request().Context()).User()
		return middleware.Render(ec, http.StatusOK, documentWith(components.Scripts(c.major), stream([]string{"desk"},
			templ.Raw("<h1>"+user.ID+"</h1>"), list("desk"),
			templ.Raw(`<button id="logout" hx-post="/logout" hx-swap="none">Log out</button>`))))
	}
	e.GET("/", show)
	e.GET("/login/:user", func(ec echo.Context) error {
		if err := middleware.Login(ec, sessions, ec.Param("user")); err != nil {
			return err
		}
		return show(ec)
	})
	e.POST("/logout", func(ec echo.Context) error {
		if err := middleware.Logout(ec, sessions); err != nil {
			return err
		}
		return ec.NoContent(http.StatusNoContent)
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
