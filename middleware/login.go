package middleware

import (
	"errors"
	"fmt"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// ErrNoSession is the error of Login and Logout in a request whose session was
// not loaded: Sessions is missing, or the store failed.
var ErrNoSession = errors.New("middleware: no session in the request")

// Login makes userID the user of the request's session, under the key of
// Config.UserKey, and gives the session a new token, so that nobody who knew the
// old one is logged in with it. Streams of the old token end.
//
// The rest of the request is the user's: a send without an audience reaches the
// user's tabs, and a page that is rendered now may be followed. The context to
// use from now on is that of c.Request(), taken anew.
func Login(c echo.Context, sm *scs.SessionManager, userID string) error {
	if userID == "" {
		return errors.New("middleware: login without a user id")
	}
	l, err := inSession(c, sm)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	old := sm.Token(ctx)
	if err := sm.RenewToken(ctx); err != nil {
		return fmt.Errorf("middleware: renew the session's token: %w", err)
	}
	sm.Put(ctx, l.cfg.UserKey, userID)
	c.SetRequest(c.Request().WithContext(l.introduce(ctx, c.Logger())))
	return endStreams(c, sm, old)
}

// Logout destroys the request's session and ends its streams, on all nodes.
//
// The rest of the request is nobody's: its identity is unknown, so a send has
// to name its audience. That holds for contexts taken from c.Request() after
// the call; an older one still names the user.
func Logout(c echo.Context, sm *scs.SessionManager) error {
	if _, err := inSession(c, sm); err != nil {
		return err
	}
	ctx := c.Request().Context()
	old := sm.Token(ctx)
	if err := sm.Destroy(ctx); err != nil {
		return fmt.Errorf("middleware: destroy the session: %w", err)
	}
	ctx = htmxrt.WithIdentity(ctx, htmxrt.Identity{})
	ctx = htmxrt.WithSession(ctx, htmxrt.Session{})
	c.SetRequest(c.Request().WithContext(ctx))
	return endStreams(c, sm, old)
}

// inSession returns the lookup of a request whose session was loaded.
func inSession(c echo.Context, sm *scs.SessionManager) (*lookup, error) {
	ctx := c.Request().Context()
	if err, ok := ctx.Value(unloadedKey{}).(error); ok {
		return nil, fmt.Errorf("%w: %w", ErrNoSession, err)
	}
	if !isLoaded(ctx, sm) {
		return nil, ErrNoSession
	}
	return lookupFrom(ctx, sm), nil
}

// endStreams ends the streams of token where the store does not.
func endStreams(c echo.Context, sm *scs.SessionManager, token string) error {
	ctx := c.Request().Context()
	hub, err := htmxrt.HubFrom(ctx)
	if err != nil || token == "" || revokes(sm.Store, hub) {
		return nil
	}
	if err := revoke(ctx, hub, storedToken(sm, token)); err != nil {
		return fmt.Errorf("middleware: %w", err)
	}
	return nil
}
