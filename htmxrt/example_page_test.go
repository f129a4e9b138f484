package htmxrt_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// The page is the authority: what it was rendered to follow is in the signed
// ticket of its URL. Nothing that is sent while the page travels to the browser
// is missed.
func ExampleConnect() {
	hub, err := htmxrt.New(htmxrt.Options{})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET "+htmxrt.DefaultStreamPath, hub)
	mux.HandleFunc("GET /page", func(w http.ResponseWriter, r *http.Request) {
		htmxrt.Follow(r.Context(), "notifications")
		c, err := htmxrt.Connect(r.Context(), "room:42")
		if err != nil {
			http.Error(w, "no page", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Topics", fmt.Sprint(c.Topics))
		io.WriteString(w, c.URL) // components.Stream writes it into the page
	})
	web := start(hub, hub.Middleware(asVisitor(mux)))
	defer web.stop()

	page := web.get("/page?user=ann")
	defer page.Body.Close()
	url, _ := io.ReadAll(page.Body)
	fmt.Println(page.Header.Get("Topics"))

	hub.Send(context.Background(), "room:42", htmxrt.Text("sent meanwhile"), htmxrt.Everyone())
	browser := web.open(string(url) + "&user=ann")
	fmt.Println(browser.next())

	// The ticket is Ann's: with it, Bob is refused.
	fmt.Println(web.open(string(url) + "&user=bob").next())
	// Output:
	// [notifications room:42]
	// room:42 sent meanwhile
	// htmxrt-reset {"reason":"ticket"}
}
