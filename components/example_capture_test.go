package components_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/components"
	"github.com/htmxrt/htmxrt/htmxrt"
)

// What a handler answers with is shown to its user, and sent to all who follow
// the room once the handler has succeeded.
func ExampleCapture() {
	hub, err := htmxrt.New(htmxrt.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer hub.Shutdown(context.Background())

	answer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// In a templ file: @components.Capture("room:42", htmxrt.Everyone()) { <li>Hello</li> }
		ctx := templ.WithChildren(r.Context(), templ.Raw("<li>Hello</li>"))
		if err := components.Capture("room:42", htmxrt.Everyone()).Render(ctx, w); err != nil {
			log.Fatal(err)
		}
	})
	w := httptest.NewRecorder()
	hub.Middleware(answer).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
	fmt.Println(w.Body)
	// Output: <li>Hello</li>
}

// A page may send something that it does not show itself.
func ExamplePush() {
	hub, err := htmxrt.New(htmxrt.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer hub.Shutdown(context.Background())

	answer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		card := templ.Raw("<p>Ada has joined</p>")
		// In a templ file: @components.Push("notifications", card, htmxrt.ToUser("bob"))
		err := components.Push("notifications", card, htmxrt.ToUser("bob")).Render(r.Context(), w)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Fprint(w, "Welcome, Ada")
	})
	w := httptest.NewRecorder()
	hub.Middleware(answer).ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
	fmt.Println(w.Body)
	// Output: Welcome, Ada
}
