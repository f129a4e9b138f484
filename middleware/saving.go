package middleware

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"
)

// saving is the end of a request's session: saved once, before the response is
// written. Like the response it belongs to the request's goroutine.
type saving struct {
	sm     *scs.SessionManager
	ctx    context.Context // holds the session
	loaded string          // the token that the store knew; "" none
	c      echo.Context
	res    *echo.Response
	below  http.ResponseWriter // what res wrote to when the request came

	done      bool
	err       error // of saving
	discarded bool  // the handler's writes went nowhere, because of err
	over      bool  // the handler has returned or panicked
}

func newSaving(c echo.Context, sm *scs.SessionManager, ctx context.Context) *saving {
	return &saving{sm: sm, ctx: ctx, loaded: sm.Token(ctx), c: c, res: c.Response(), below: c.Response().Writer}
}

func (s *saving) run(next echo.HandlerFunc) error {
	s.res.Before(s.before)
	defer s.restore() // also when the handler panics: what recovers can answer then
	err := next(s.c)
	s.save()
	if s.err != nil {
		return internal(errors.Join(fmt.Errorf("middleware: save session: %w", s.err), err))
	}
	return err
}

// before is called when the response is about to be written. The handler cannot
// be told of an error here, nor stopped: its response is discarded.
func (s *saving) before() {
	s.save()
	if _, ok := s.res.Writer.(discard); ok || s.err == nil || s.over {
		return
	}
	s.discarded = true
	s.res.Writer = discard{s.res.Writer}
}

// restore makes the response whose writes were discarded as it was before.
func (s *saving) restore() {
	s.over = true
	if !s.discarded {
		return
	}
	s.res.Writer = s.below
	restart(s.res)
	s.c.SetResponse(s.res)
}

func (s *saving) save() {
	if s.done {
		return
	}
	s.done = true
	s.err = s.commit()
}

func (s *saving) commit() error {
	h := s.res.Header()
	if isStreamPath(s.c) || isEventStream(h) || setsCookie(h, s.sm.Cookie.Name) {
		return nil // setsCookie: scs's LoadAndSave, on the inside, was first
	}
	switch s.sm.Status(s.ctx) {
	case scs.Destroyed:
		s.sm.WriteSessionCookie(s.ctx, s.res, "", time.Time{})
		return nil
	case scs.Modified:
		if token := s.sm.Token(s.ctx); token == "" || token != s.loaded {
			return s.write(s.ctx)
		}
	default:
		if s.loaded == "" || s.sm.IdleTimeout <= 0 {
			return nil
		}
	}
	now, err := reload(s.ctx, s.sm, s.loaded)
	switch {
	case err != nil:
		return err
	case s.sm.Token(now) == "":
		return nil // destroyed meanwhile; another tab may have a new cookie by now
	case s.sm.Status(s.ctx) == scs.Modified:
		return s.write(s.ctx)
	}
	return s.write(now) // prolongs what others wrote meanwhile
}

// write commits the session in ctx and sets its cookie.
func (s *saving) write(ctx context.Context) error {
	token, expiry, err := s.sm.Commit(ctx)
	if err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	s.sm.WriteSessionCookie(ctx, s.res, token, expiry)
	return nil
}

// setsCookie reports whether a response with header h sets the cookie name.
func setsCookie(h http.Header, name string) bool {
	for _, cookie := range h.Values(echo.HeaderSetCookie) {
		if strings.HasPrefix(cookie, name+"=") {
			return true
		}
	}
	return false
}

// reload returns a context with the session that the store holds now under
// token, without a token if there is none.
func reload(ctx context.Context, sm *scs.SessionManager, token string) (context.Context, error) {
	ctx, err := readOnly(sm).Load(sessionless{ctx}, token)
	if err != nil {
		return nil, fmt.Errorf("load session: %w", err)
	}
	return ctx, nil
}

const scsPackage = "github.com/alexedwards/scs/v2"

// sessionless is a context without the sessions in it: Load returns those
// without a look at the store.
type sessionless struct{ context.Context }

func (c sessionless) Value(key any) any {
	if reflect.TypeOf(key).PkgPath() == scsPackage {
		return nil
	}
	return c.Context.Value(key)
}
