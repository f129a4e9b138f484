// Command nethttp is a chat on net/http alone: no Echo, no scs.
package main

import (
	"log"
	"net/http"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/static"
)

func main() {
	hub, err := htmxrt.New(htmxrt.Options{})
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{
		Addr:              "localhost:8080",
		Handler:           newHandler(hub),
		ReadHeaderTimeout: 5 * time.Second,
	}
	log.Fatal(server.ListenAndServe())
}

func newHandler(hub *htmxrt.Hub) http.Handler {
	logins := newLogins()
	mux := http.NewServeMux()
	mux.Handle("GET "+static.Path, static.Handler())
	mux.Handle("GET "+htmxrt.DefaultStreamPath, hub)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		user, _ := htmxrt.IdentityFrom(r.Context()).User()
		render(w, r, page(user))
	})
	mux.HandleFunc("POST /messages", func(w http.ResponseWriter, r *http.Request) {
		user, ok := htmxrt.IdentityFrom(r.Context()).User()
		if !ok {
			http.Error(w, "sign in first", http.StatusForbidden)
			return
		}
		line := htmxrt.Component(message(user.Name, r.FormValue("text")))
		if err := htmxrt.Send(r.Context(), "chat", line, htmxrt.Everyone()); err != nil {
			fail(w, err)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("POST /login", logins.login)
	mux.HandleFunc("POST /logout", func(w http.ResponseWriter, r *http.Request) {
		logins.logout(w, r, hub)
	})
	// Outermost: the hub notes where the log is before anybody is looked up.
	return http.NewCrossOriginProtection().Handler(hub.Middleware(logins.identify(mux)))
}

func fail(w http.ResponseWriter, err error) {
	log.Print(err)
	http.Error(w, "something went wrong", http.StatusInternalServerError)
}
