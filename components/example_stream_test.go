package components_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/components"
	"github.com/htmxrt/htmxrt/htmxrt"
)

// A layout connects the page; a handler says what it follows.
func ExampleStream() {
	hub, err := htmxrt.New(htmxrt.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer hub.Shutdown(context.Background())

	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		htmxrt.Follow(r.Context(), "notifications")
		// In a templ file: @components.Stream("room:42") { <p>Hello</p> }
		ctx := templ.WithChildren(r.Context(), templ.Raw("<p>Hello</p>"))
		if err := components.Stream("room:42").Render(ctx, w); err != nil {
			log.Fatal(err)
		}
	})
	w := httptest.NewRecorder()
	hub.Middleware(page).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))

	html := w.Body.String()
	fmt.Println(strings.Contains(html, `data-sse-connect="/_rt/stream?after=`))
	fmt.Println(strings.HasSuffix(html, "><p>Hello</p></div>"))
	// Output:
	// true
	// true
}
