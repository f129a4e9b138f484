// Package sessions shows users who sign in and out. The guide of the same name
// includes its functions.
package sessions

import (
	"context"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/middleware"
)

// accounts stands for a database.
type accounts interface {
	// ByID returns the zero User when there is none with that id any more.
	ByID(ctx context.Context, id string) (htmxrt.User, error)
	// ByPassword reports whether name and password are those of a user.
	ByPassword(ctx context.Context, name, password string) (htmxrt.User, bool)
	Delete(ctx context.Context, id string) error
}

// newApp wires sessions and the hub into Echo.
func newApp(hub *htmxrt.Hub, db accounts) (*echo.Echo, error) {
	sm := scs.New() // in memory; give sm.Store a store that lasts
	sm.Lifetime = 12 * time.Hour
	sm.Cookie.SameSite = http.SameSiteLaxMode

	e := echo.New()
	e.POST("/login", login(sm, db))
	e.POST("/logout", logout(sm))
	return e, middleware.Register(e, hub, sm, middleware.Config{
		UserKey: "user",
		Load:    db.ByID,
	})
}

// login makes the session the user's. The token changes, so that nobody who
// knew the old one is signed in with it.
func login(sm *scs.SessionManager, db accounts) echo.HandlerFunc {
	return func(c echo.Context) error {
		user, ok := db.ByPassword(c.Request().Context(), c.FormValue("name"), c.FormValue("password"))
		if !ok {
			return c.String(http.StatusUnprocessableEntity, "wrong name or password")
		}
		if err := middleware.Login(c, sm, user.ID); err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, "/")
	}
}

// logout destroys the session. Its streams have ended when it returns.
func logout(sm *scs.SessionManager) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := middleware.Logout(c, sm); err != nil {
			return err
		}
		return c.Redirect(http.StatusSeeOther, "/")
	}
}

// expel removes an account, and then ends the streams of all its sessions: at
// their next connect there is no such user.
func expel(ctx context.Context, hub *htmxrt.Hub, db accounts, id string) error {
	if err := db.Delete(ctx, id); err != nil {
		return err
	}
	return hub.Revoke(ctx, htmxrt.UserTarget(id))
}
