package middleware

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// Sessions loads the session of the request's cookie and saves what the handler
// changed in it: once, when the response is first written or else when the
// handler has returned, also with an error. It is in the place of scs's
// LoadAndSave; inside of that it does nothing.
//
// On an event stream, whoever mounted it, nothing is saved and no cookie set: a
// stream neither prolongs a session nor brings a destroyed one back. On other
// responses a session with an idle timeout is prolonged, unless it was
// destroyed since it was loaded; what the handler changed in such a session is
// dropped. A handler that flushes before it writes anything sends the response's
// head without the cookie.
//
// A store that cannot load or save is a 500 for the client, with nothing of
// what the handler wrote, and an error for Echo's error handler; ErrorFunc of sm
// is not used. For a request that [SkipStream] reports an error of loading is
// none: a browser gives a stream up for good after a 500. Its handler runs with
// an empty session, which is not saved, and with an unknown identity, so that a
// hub tells the browser to come back.
func Sessions(sm *scs.SessionManager) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			if isScript(r) {
				return next(c)
			}
			if !isStreamPath(c) { // the hub does that itself
				addVary(c.Response().Header(), "Cookie")
			}
			ctx, err := readOnly(sm).Load(r.Context(), presented(sm, r))
			switch {
			case err != nil && SkipStream(c):
				return withoutStore(c, sm, fmt.Errorf("load session: %w", err), next)
			case err != nil:
				return internal(fmt.Errorf("middleware: load session: %w", err))
			case ctx == r.Context():
				return next(c)
			}
			c.SetRequest(r.WithContext(ctx))
			return newSaving(c, sm, ctx).run(next)
		}
	}
}

// unloadedKey is the context key of the error with which a session was not loaded.
type unloadedKey struct{}

// withoutStore serves a request for a stream whose session could not be loaded.
// scs panics when it finds no session in a context, so there is an empty one.
func withoutStore(c echo.Context, sm *scs.SessionManager, err error, next echo.HandlerFunc) error {
	ctx, emptyErr := readOnly(sm).Load(c.Request().Context(), "")
	if emptyErr != nil {
		return internal(errors.Join(err, emptyErr))
	}
	ctx = context.WithValue(ctx, unloadedKey{}, err)
	ctx = htmxrt.WithIdentity(ctx, htmxrt.Identity{})
	ctx = htmxrt.WithSession(ctx, htmxrt.Session{
		Check: func(context.Context) (htmxrt.Identity, error) { return htmxrt.Identity{}, err },
	})
	c.SetRequest(c.Request().WithContext(ctx))
	return next(c)
}

// readOnly returns a manager of the same sessions whose Load does not mark them
// as modified, which sm's does when it has an idle timeout.
func readOnly(sm *scs.SessionManager) *scs.SessionManager {
	ro := *sm
	ro.IdleTimeout = 0
	return &ro
}

// presented returns the token in r's session cookie, "" without one.
func presented(sm *scs.SessionManager, r *http.Request) string {
	cookie, err := r.Cookie(sm.Cookie.Name)
	if err != nil {
		return ""
	}
	return cookie.Value
}

// internal is a 500 whose cause the client is not told.
func internal(err error) error {
	return echo.NewHTTPError(http.StatusInternalServerError).SetInternal(err)
}
