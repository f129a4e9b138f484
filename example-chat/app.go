package main

import (
	"context"
	"embed"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/alexedwards/scs/sqlite3store"
	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"
	echomw "github.com/labstack/echo/v4/middleware"

	"github.com/htmxrt/htmxrt/components"
	"github.com/htmxrt/htmxrt/example-chat/chat"
	"github.com/htmxrt/htmxrt/example-chat/views"
	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/middleware"
	"github.com/htmxrt/htmxrt/static"
)

// policy lets a page use what this server serves, and nothing inline.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
	"img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

//go:embed assets
var assets embed.FS

// app is what the handlers share.
type app struct {
	store    *chat.Store
	sessions *scs.SessionManager
	version  static.Htmx
}

// newApp returns the chat's handler and its hub, which the caller shuts down.
func newApp(store *chat.Store, broker htmxrt.Broker, version static.Htmx) (http.Handler, *htmxrt.Hub, error) {
	hub, err := htmxrt.New(htmxrt.Options{
		Broker: broker, Key: store.Key, Authorize: membersOnly,
		Presence:     func(topic string) bool { return strings.HasPrefix(topic, "room:") },
		PresenceView: components.PresenceItems,
	})
	if err != nil {
		return nil, nil, err
	}
	a := &app{store: store, sessions: scs.New(), version: version}
	a.sessions.Store = sqlite3store.NewWithCleanupInterval(store.DB, time.Hour)
	a.sessions.Lifetime = 30 * 24 * time.Hour
	// The cookie is HttpOnly and SameSite=Lax. Behind https set Cookie.Secure
	// too; over plain http browsers would keep such a cookie to themselves.

	e := echo.New()
	e.HTTPErrorHandler = a.problem
	e.Use(
		echomw.Recover(),
		echo.WrapMiddleware(http.NewCrossOriginProtection().Handler),
		echomw.BodyLimit("256K"),
		echomw.SecureWithConfig(echomw.SecureConfig{
			ContentSecurityPolicy: policy, ContentTypeNosniff: "nosniff", ReferrerPolicy: "same-origin",
		}),
	)
	// What the session holds of its user is the name.
	load := func(_ context.Context, name string) (htmxrt.User, error) { return chat.User(name), nil }
	err = middleware.Register(e, hub, a.sessions, middleware.Config{Load: load, Htmx: version})
	if err != nil {
		return nil, nil, err
	}
	e.GET("/ready", echo.WrapHandler(hub.Health())) // for a load balancer
	e.StaticFS("/assets", echo.MustSubFS(assets, "assets"))
	e.GET("/login", echo.WrapHandler(templ.Handler(views.Login(version, views.Form{}))))
	e.POST("/login", a.login)
	e.POST("/logout", a.logout)
	members := e.Group("", signedIn)
	members.GET("/", findRoom)
	members.GET("/rooms", findRoom)
	members.GET("/rooms/:room", inRoom(a.show))
	members.POST("/rooms/:room/messages", inRoom(a.post))
	members.POST("/rooms/:room/typing", inRoom(a.typing))
	members.POST("/rooms/:room/headline", inRoom(a.setHeadline))
	members.POST("/remind", a.remind)
	return e, hub, nil
}

// membersOnly lets nobody follow anything who is not signed in.
func membersOnly(_ context.Context, who htmxrt.Identity, _ string) error {
	if _, ok := who.User(); !ok {
		return htmxrt.ErrForbidden
	}
	return nil
}
