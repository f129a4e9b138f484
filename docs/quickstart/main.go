package main

import (
	"log"
	"net/http"

	"github.com/alexedwards/scs/v2"
	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/middleware"
	"github.com/labstack/echo/v4"
)

func main() {
	hub, err := htmxrt.New(htmxrt.Options{})
	if err != nil {
		log.Fatal(err)
	}
	e := echo.New()
	if err := middleware.Register(e, hub, scs.New(), middleware.Config{}); err != nil {
		log.Fatal(err)
	}
	e.GET("/", func(c echo.Context) error { return middleware.Render(c, http.StatusOK, page()) })
	e.POST("/", func(c echo.Context) error {
		line := htmxrt.Component(message(c.FormValue("text")))
		return htmxrt.Send(c.Request().Context(), "chat", line, htmxrt.Everyone())
	})
	log.Fatal(e.Start("localhost:8080"))
}
