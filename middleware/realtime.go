package middleware

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"

	"github.com/labstack/echo/v4"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// Realtime gives requests the hub, the position of the log at their beginning,
// the tab id, and capture: it is htmxrt.Hub.Middleware for Echo. It should be
// the outermost that knows of the user, so that the position is taken before
// anything is read that a message may change.
//
// A handler that fails, panics, or calls Echo's error handler sends nothing. A
// captured response passes by the writers that middleware between Realtime and
// the handler has put on top, such as gzip's: the capture is what the handler
// wrote, and so is the answer. Where such a writer has begun the answer, or
// hides those below, the capture is htmxrt.ErrCapture, and so is a flush of
// Echo's response while it is held: render with [Render], into a buffer, or into
// c.Response().Writer, since templ flushes what it rendered into.
//
// It is for Echo's Use, not for Pre. Used twice, the inner one does nothing.
func Realtime(hub *htmxrt.Hub) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			x, r := hub.Begin(c.Request())
			c.SetRequest(r)
			return newTurn(c, x).run(next)
		}
	}
}

// turn is one request's exchange with the hub. It is the echo.Context of the
// handler where that can be, to see the errors that middleware answers itself.
type turn struct {
	echo.Context
	exchange *htmxrt.Exchange
	res      *echo.Response
	below    http.ResponseWriter // what res wrote to when the request came
	writer   http.ResponseWriter // the exchange's, on below

	held   *echo.Response      // whose writer holds the response; nil: none
	beside http.ResponseWriter // what held wrote to before
}

func newTurn(c echo.Context, x *htmxrt.Exchange) *turn {
	t := &turn{Context: c, exchange: x, res: c.Response(), below: c.Response().Writer}
	t.writer = x.Writer(t.below)
	t.res.Writer = t.writer
	x.OnHold(t.hold)
	return t
}

var errPanic = errors.New("the handler panicked")

func (t *turn) run(next echo.HandlerFunc) error {
	returned := false
	defer func() {
		if !returned {
			t.end(errPanic)
		}
	}()
	err := next(t.context())
	returned = true
	return t.end(err)
}

// plainContext is the type of Echo's own contexts.
var plainContext = reflect.TypeOf(echo.New().NewContext(nil, nil))

// context returns the context for the handler. A context of the application's
// own stays what it is: its handlers assert its type.
func (t *turn) context() echo.Context {
	if reflect.TypeOf(t.Context) == plainContext {
		return t
	}
	return t.Context
}

// Error answers with err. Middleware calls it with what the handler returned or
// panicked with, and may return nil then: the exchange has failed all the same.
func (t *turn) Error(err error) {
	t.fail(err)
	t.Context.Error(err)
}

// fail ends the exchange with err before middleware on the inside has ended.
func (t *turn) fail(err error) {
	if t.exchange.End(t.Request().Context(), err); t.held == nil {
		return
	}
	t.held.Writer = t.beside
	if t.held.Committed && t.exchange.Untouched() {
		restart(t.held)
	}
	t.held = nil
}

// end ends the exchange when all on the inside has ended.
func (t *turn) end(err error) error {
	err = t.exchange.End(t.Request().Context(), err)
	t.res.Writer = t.below
	if t.held == nil {
		return err
	}
	t.SetResponse(t.res) // held may be another one, of echo.WrapMiddleware
	if err != nil && t.exchange.Untouched() {
		restart(t.res)
	}
	return err
}

// hold puts the writer that holds the response where the handler writes.
func (t *turn) hold() error {
	res := t.Response()
	if top := res.Writer; top != t.writer {
		if res.Committed || t.res.Committed {
			return fmt.Errorf("%w: %T has begun the response", htmxrt.ErrCapture, top)
		}
		if !reaches(top, t.writer) {
			return fmt.Errorf("%w: %T hides the response", htmxrt.ErrCapture, top)
		}
	}
	t.held, t.beside = res, res.Writer
	res.Writer = t.exchange.Writer(t.below)
	return nil
}

// reaches reports whether writer lies below top.
func reaches(top, writer http.ResponseWriter) bool {
	for top != writer {
		wrapper, ok := top.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			return false
		}
		top = wrapper.Unwrap()
	}
	return true
}
