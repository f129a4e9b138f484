package main

import (
	"bytes"
	"net/http"

	"github.com/a-h/templ"
)

// render renders c whole before anything is written: a component may fail half
// way.
func render(w http.ResponseWriter, r *http.Request, c templ.Component) {
	var b bytes.Buffer
	if err := c.Render(r.Context(), &b); err != nil {
		fail(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store") // it holds this viewer's ticket
	w.Write(b.Bytes())
}
