package middleware

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/static"
)

// drain is how long streams may take to end when the server shuts down.
const drain = 15 * time.Second

// streamRoute is the name of the routes that Register mounts the hub at.
const streamRoute = "htmxrt.stream"

// Register wires hub and sm into e: [Realtime], [Sessions] and [Identify] for
// all requests, the hub at cfg.StreamPath, the scripts at static.Path, a
// session store that ends streams when a session is destroyed or gets a new
// token, and an e.Shutdown that ends streams first.
//
// It is called once, before e serves and before middleware in Pre that rewrites
// paths. sm.Store is replaced by one that has the same of scs's interfaces. An
// http.Server of the application's own, used without e.Shutdown, needs
// hub.Shutdown before its own. A nil argument, cfg out of range, a path that is
// taken and a second call for e are errors, after which nothing has changed.
func Register(e *echo.Echo, hub *htmxrt.Hub, sm *scs.SessionManager, cfg Config) error {
	switch {
	case e == nil:
		return errors.New("middleware: Register without an Echo")
	case hub == nil:
		return errors.New("middleware: Register without a Hub")
	case sm == nil || sm.Store == nil:
		return errors.New("middleware: Register without a SessionManager that has a Store")
	}
	cfg, err := cfg.complete()
	if err != nil {
		return err
	}
	if err := checkRoutes(e, cfg); err != nil {
		return err
	}
	if !revokes(sm.Store, hub) {
		sm.Store = revoking(sm.Store, hub)
	}
	e.Pre(markStream(cfg.StreamPath))
	e.Use(Realtime(hub), Sessions(sm), Identify(sm, cfg))
	for _, route := range e.Any(cfg.StreamPath, echo.WrapHandler(hub)) {
		route.Name = streamRoute
	}
	e.Match([]string{http.MethodGet, http.MethodHead}, static.Path+"*", echo.WrapHandler(static.Handler()))
	end := func() {
		ctx, cancel := context.WithTimeout(context.Background(), drain)
		defer cancel()
		if err := hub.Shutdown(ctx); err != nil {
			e.Logger.Errorf("htmxrt: shutdown: %v", err)
		}
	}
	e.Server.RegisterOnShutdown(end) // http.Server calls it in a goroutine of its own
	e.TLSServer.RegisterOnShutdown(end)
	return nil
}

// checkRoutes reports routes that are in the way of Register's.
func checkRoutes(e *echo.Echo, cfg Config) error {
	routes := e.Routes()
	if slices.ContainsFunc(routes, func(r *echo.Route) bool { return r.Name == streamRoute }) {
		return errors.New("middleware: Register was called for this Echo before")
	}
	for _, route := range routes {
		switch route.Path {
		case cfg.StreamPath:
			return fmt.Errorf("middleware: Config.StreamPath %q is a route already", cfg.StreamPath)
		case static.Path + "*":
			return fmt.Errorf("middleware: %q is a route already", route.Path)
		}
	}
	return nil
}
