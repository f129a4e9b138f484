package main

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/angelofallars/htmx-go"
	"github.com/labstack/echo/v4"

	"github.com/htmxrt/htmxrt/components"
	"github.com/htmxrt/htmxrt/example-chat/chat"
	"github.com/htmxrt/htmxrt/example-chat/views"
	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/middleware"
)

func userOf(c echo.Context) htmxrt.User {
	user, _ := htmxrt.IdentityFrom(c.Request().Context()).User()
	return user
}

// signedIn sends everybody else to the login page.
func signedIn(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if userOf(c).ID != "" {
			return next(c)
		}
		if htmx.IsHTMX(c.Request()) {
			return htmx.NewResponse().Redirect("/login").Write(c.Response())
		}
		return c.Redirect(http.StatusSeeOther, "/login")
	}
}

// login asks for no password: whoever signs in as Ada is Ada.
func (a *app) login(c echo.Context) error {
	name := chat.Line(c.FormValue("name"))
	if hint := chat.Hint("A name", name, 32); hint != "" {
		return refuse(c, views.Login(a.version, views.Form{Text: name, Hint: hint}))
	}
	if err := middleware.Login(c, a.sessions, name); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/")
}

func (a *app) logout(c echo.Context) error {
	if err := middleware.Logout(c, a.sessions); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, "/login")
}

// findRoom leads to the room that was asked for, or to the lobby.
func findRoom(c echo.Context) error {
	return c.Redirect(http.StatusSeeOther, views.RoomPath(chat.Line(c.QueryParam("room"))))
}

// inRoom hands a handler the name of its room. Every name that a path and a
// topic can hold is one.
func inRoom(handle func(c echo.Context, room string) error) echo.HandlerFunc {
	return func(c echo.Context) error {
		room := c.Param("room")
		if c.Request().URL.RawPath != "" { // then Echo matched that, escapes and all
			room, _ = url.PathUnescape(room)
		}
		if len(room) > 64 || strings.Trim(room, ".") == "" || htmxrt.CheckTopic("room:"+room) != nil {
			return echo.ErrNotFound
		}
		return handle(c, room)
	}
}

func (a *app) show(c echo.Context, name string) error {
	room, err := a.store.Room(c.Request().Context(), name)
	if err != nil {
		return err
	}
	return middleware.Render(c, http.StatusOK, views.Room(a.version, room, userOf(c)))
}

// post keeps a message, sends it to everyone in the room and a card to those
// whom it mentions, and answers with a fresh form.
func (a *app) post(c echo.Context, room string) error {
	ctx, text := c.Request().Context(), chat.Clean(c.FormValue("message"))
	if hint := chat.Hint("A message", text, 10_000); hint != "" {
		return refuse(c, views.Composer(views.Form{Room: room, Text: text, Hint: hint}))
	}
	m := chat.Message{Room: room, Author: userOf(c), Text: text, At: time.Now()}
	if err := a.store.Add(ctx, &m); err != nil {
		return err
	}
	err := htmxrt.Send(ctx, "room:"+room, htmxrt.Component(views.Message(m)), htmxrt.Everyone())
	if ids := chat.Mentions(text); err == nil && len(ids) > 0 {
		err = htmxrt.Send(ctx, "notifications", htmxrt.Component(views.Mention(m)),
			htmxrt.ToUser(ids...), htmxrt.ExceptUser(m.Author.ID))
	}
	if err != nil {
		return err
	}
	if hub, err := htmxrt.HubFrom(ctx); err == nil {
		hub.StopTyping(ctx, "room:"+room) // else it ends by itself
	}
	return middleware.Render(c, http.StatusOK, views.Composer(views.Form{Room: room}))
}

// typing is asked while keys are pressed in the composer.
func (a *app) typing(c echo.Context, room string) error {
	if err := components.ShowTyping(c.Request().Context(), "room:"+room); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// setHeadline keeps a room's headline and changes it in every open page.
func (a *app) setHeadline(c echo.Context, room string) error {
	ctx, text := c.Request().Context(), chat.Line(c.FormValue("headline"))
	if hint := chat.Hint("A headline", text, 200); hint != "" {
		return refuse(c, views.Editor(views.Form{Room: room, Text: text, Hint: hint}))
	}
	if err := a.store.SetHeadline(ctx, room, text); err != nil {
		return err
	}
	if err := htmxrt.Send(ctx, "headline:"+room, htmxrt.Text(text), htmxrt.Everyone()); err != nil {
		return err
	}
	return middleware.Render(c, http.StatusOK, views.Editor(views.Form{Room: room, Done: true}))
}

// remind names no audience: the card reaches the tabs of its own user.
func (a *app) remind(c echo.Context) error {
	card := htmxrt.Component(views.Reminder(time.Now()))
	if err := htmxrt.Send(c.Request().Context(), "notifications", card); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

// refuse answers with a form that says what is wrong with it.
func refuse(c echo.Context, form templ.Component) error {
	return middleware.Render(c, http.StatusUnprocessableEntity, form)
}

// problem answers with what went wrong, as far as that is the client's business.
// What somebody has typed stays in the page: htmx 4 would swap the answer in.
func (a *app) problem(err error, c echo.Context) {
	answer, ok := errors.AsType[*echo.HTTPError](err)
	if !ok {
		answer = echo.ErrInternalServerError
		slog.Error("chat", "err", err, "path", c.Request().URL.Path)
	}
	if !c.Response().Committed {
		c.Response().Header().Set(htmx.HeaderReswap, "none")
		middleware.Render(c, answer.Code, views.Problem(a.version, answer.Code)) // nobody is left to tell
	}
}
