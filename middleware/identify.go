package middleware

import (
	"context"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"
	echomiddleware "github.com/labstack/echo/v4/middleware"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// Identify tells the hub whose request it is: identity, session, secrets and
// stream path go into the request's context. It stands inside of [Sessions] or
// of scs's LoadAndSave.
//
// A session in which nobody logged in is anonymous. Unknown are: no session
// loaded, a cookie that the store does not know, a user id that is zero, a
// Config.Load that fails. The cookie that the store does not know is expired
// with the response, unless that is an event stream or sets another one.
//
// Identify panics when cfg is out of range; [Register] returns an error.
func Identify(sm *scs.SessionManager, cfg Config) echo.MiddlewareFunc {
	cfg, err := cfg.complete()
	if err != nil {
		panic(err)
	}
	l := &lookup{sm: sm, cfg: cfg}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if isScript(c.Request()) {
				return next(c)
			}
			ctx := context.WithValue(c.Request().Context(), lookupKey{}, l)
			ctx = htmxrt.WithStreamPath(ctx, cfg.StreamPath)
			token := presented(sm, c.Request())
			ctx = htmxrt.WithSecrets(ctx, csrfToken(c))
			switch {
			case ctx.Value(unloadedKey{}) != nil:
				ctx = htmxrt.WithSession(ctx, l.session(token, time.Time{}))
				ctx = htmxrt.WithIdentity(ctx, htmxrt.Identity{})
			case !isLoaded(ctx, sm):
				ctx = htmxrt.WithIdentity(ctx, htmxrt.Identity{})
			case token != "" && sm.Token(ctx) == "":
				c.SetRequest(c.Request().WithContext(htmxrt.WithIdentity(ctx, htmxrt.Identity{})))
				return expiring(sm, ctx, c, next)
			default:
				ctx = l.introduce(ctx, c.Logger())
			}
			c.SetRequest(c.Request().WithContext(ctx))
			return next(c)
		}
	}
}

// expiring serves a request whose cookie names no session of sm; ctx holds the
// new one that it has in its place.
func expiring(sm *scs.SessionManager, ctx context.Context, c echo.Context, next echo.HandlerFunc) error {
	res := c.Response()
	expire := sync.OnceFunc(func() {
		h := res.Header()
		if sm.Status(ctx) != scs.Unmodified || isStreamPath(c) || isEventStream(h) || setsCookie(h, sm.Cookie.Name) {
			return
		}
		sm.WriteSessionCookie(ctx, res, "", time.Time{})
	})
	res.Before(expire)
	err := next(c)
	expire()
	return err
}

// csrfToken returns the token of echo's CSRF middleware, where it stands
// outside, "" if there is none. The placeholder for browsers with
// Sec-Fetch-Site is no secret.
func csrfToken(c echo.Context) string {
	token, _ := c.Get(echomiddleware.DefaultCSRFConfig.ContextKey).(string)
	if token == echomiddleware.CSRFUsingSecFetchSite {
		return ""
	}
	return token
}
