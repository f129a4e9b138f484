// Command javascript pushes JSON to listeners in the page's own scripts.
package main

import (
	"context"
	"embed"
	"log"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/static"
)

//go:embed *.js
var scripts embed.FS

// load is what the listeners receive.
type load struct {
	Percent int `json:"percent"`
}

// report sends a figure to everybody who watches.
func report(ctx context.Context, hub *htmxrt.Hub, percent int) error {
	return hub.Send(ctx, "load", htmxrt.JSON(load{Percent: percent}), htmxrt.Everyone(),
		htmxrt.Latest("percent"))
}

func newHandler(hub *htmxrt.Hub) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+static.Path, static.Handler())
	mux.Handle("GET "+htmxrt.DefaultStreamPath, hub)
	mux.Handle("GET /api/load", hub.Stream("load"))
	mux.Handle("GET /js/", http.StripPrefix("/js/", http.FileServerFS(scripts)))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'self'")
		if err := page().Render(r.Context(), w); err != nil {
			log.Print(err)
		}
	})
	return hub.Middleware(mux)
}

func main() {
	hub, err := htmxrt.New(htmxrt.Options{})
	if err != nil {
		log.Fatal(err)
	}
	go func() { // ends with the process
		for range time.Tick(time.Second) {
			if err := report(context.Background(), hub, rand.IntN(100)); err != nil {
				log.Print(err)
			}
		}
	}()
	log.Fatal(http.ListenAndServe("localhost:8080", newHandler(hub)))
}
