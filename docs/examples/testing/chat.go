// Package chat is what the guide to testing tests.
package chat

import (
	"net/http"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// handler serves a room to which signed-in users may write.
func handler(hub *htmxrt.Hub) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /room", hub.Stream("room"))
	mux.HandleFunc("POST /room", func(w http.ResponseWriter, r *http.Request) {
		if _, ok := htmxrt.IdentityFrom(r.Context()).User(); !ok {
			http.Error(w, "sign in first", http.StatusForbidden)
			return
		}
		text := htmxrt.Text(r.FormValue("text"))
		if err := htmxrt.Send(r.Context(), "room", text, htmxrt.Everyone(), htmxrt.ExceptSender()); err != nil {
			http.Error(w, "not sent", http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	return hub.Middleware(mux)
}
