// Package capture shows how what a handler renders is sent as well. The guide
// of the same name includes its functions.
package capture

import (
	"bytes"
	"net/http"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// rename answers with the new headline, and everybody else receives the same.
func rename(w http.ResponseWriter, r *http.Request) {
	if err := htmxrt.Send(r.Context(), "headline", htmxrt.Everyone()); err != nil {
		http.Error(w, "not sent", http.StatusInternalServerError)
		return
	}
	render(w, r, headline(r.FormValue("headline")))
}

// say sends what it renders, and answers 204 No Content: the sender's page
// shows the message when its stream brings it, like all others.
func say(w http.ResponseWriter, r *http.Request) {
	if err := htmxrt.Send(r.Context(), "room", htmxrt.Everyone(), htmxrt.Divert()); err != nil {
		http.Error(w, "not sent", http.StatusInternalServerError)
		return
	}
	render(w, r, message(r.FormValue("text")))
}

// order stages two sends. If the order fails, nobody hears of it.
func order(w http.ResponseWriter, r *http.Request) {
	item := r.FormValue("item")
	for topic, text := range map[string]string{"stock": item + ": one less", "orders": item} {
		if err := htmxrt.Stage(r.Context(), topic, htmxrt.Text(text), htmxrt.Everyone()); err != nil {
			http.Error(w, "not sent", http.StatusInternalServerError)
			return
		}
	}
	if item == "unicorn" {
		http.Error(w, "out of stock", http.StatusConflict)
		return
	}
	w.WriteHeader(http.StatusCreated)
}

// task answers with a component that shows, and sends, more than itself.
func task(w http.ResponseWriter, r *http.Request) {
	render(w, r, added(r.FormValue("task")))
}

// render renders c whole before anything is written.
func render(w http.ResponseWriter, r *http.Request, c templ.Component) {
	var b bytes.Buffer
	if err := c.Render(r.Context(), &b); err != nil {
		http.Error(w, "not sent", http.StatusInternalServerError)
		return
	}
	w.Write(b.Bytes())
}
