package htmxrt_test

import (
	"fmt"
	"io"
	"log"
	"net/http"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// A Send without content captures the response: what the handler answers is
// what the others receive.
func ExampleSend_capture() {
	hub, err := htmxrt.New(htmxrt.Options{})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /stream", hub.Stream("headline:42"))
	mux.HandleFunc("POST /headline", func(w http.ResponseWriter, r *http.Request) {
		if err := htmxrt.Send(r.Context(), "headline:42", htmxrt.Everyone()); err != nil {
			http.Error(w, "not sent", http.StatusInternalServerError)
			return
		}
		io.WriteString(w, "<h1>A new headline</h1>")
	})
	web := start(hub, hub.Middleware(asVisitor(mux)))
	defer web.stop()
	browser := web.open("/stream")

	fmt.Println(web.status("/headline"))
	fmt.Println(browser.next())
	// Output:
	// 200 OK
	// headline:42 <h1>A new headline</h1>
}

// With Divert the sender is answered 204 No Content, after which htmx swaps
// nothing: the sender's page is changed by its stream, like all others.
func ExampleDivert() {
	hub, err := htmxrt.New(htmxrt.Options{})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /stream", hub.Stream("room:42"))
	mux.HandleFunc("POST /messages", func(w http.ResponseWriter, r *http.Request) {
		err := htmxrt.Send(r.Context(), "room:42", htmxrt.Everyone(), htmxrt.Divert())
		if err != nil {
			http.Error(w, "not sent", http.StatusInternalServerError)
			return
		}
		chatLine("Ann", "hello").Render(r.Context(), w)
	})
	web := start(hub, hub.Middleware(asVisitor(mux)))
	defer web.stop()
	browser := web.open("/stream")

	fmt.Println(web.status("/messages"))
	fmt.Println(browser.next())
	// Output:
	// 204 No Content
	// room:42 <li>Ann: hello</li>
}

// Capture renders a component once, shows it to the sender and sends it to the
// others.
func ExampleCapture() {
	hub, err := htmxrt.New(htmxrt.Options{})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /stream", hub.Stream("room:42"))
	mux.HandleFunc("POST /messages", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "<ul>")
		err := htmxrt.Capture(r.Context(), w, "room:42", chatLine("Ann", "hello"), htmxrt.Everyone())
		if err != nil {
			http.Error(w, "not sent", http.StatusInternalServerError)
			return
		}
		io.WriteString(w, "</ul>")
	})
	web := start(hub, hub.Middleware(asVisitor(mux)))
	defer web.stop()
	browser := web.open("/stream")

	answer := web.post("/messages")
	defer answer.Body.Close()
	page, _ := io.ReadAll(answer.Body)
	fmt.Println(string(page))
	fmt.Println(browser.next())
	// Output:
	// <ul><li>Ann: hello</li></ul>
	// room:42 <li>Ann: hello</li>
}
