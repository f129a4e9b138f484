package htmxrt_test

import (
	"fmt"
	"log"
	"net/http"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// A staged send waits for the handler: it is published when that has succeeded,
// together with everything else that was staged, or not at all.
func ExampleStage() {
	hub, err := htmxrt.New(htmxrt.Options{})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /stream", hub.Stream("orders"))
	mux.HandleFunc("POST /orders", func(w http.ResponseWriter, r *http.Request) {
		item := r.FormValue("item")
		if err := htmxrt.Stage(r.Context(), "orders", htmxrt.Text(item), htmxrt.Everyone()); err != nil {
			http.Error(w, "not sent", http.StatusInternalServerError)
			return
		}
		if item == "unicorn" { // the database says no
			http.Error(w, "out of stock", http.StatusConflict)
		}
	})
	web := start(hub, hub.Middleware(asVisitor(mux)))
	defer web.stop()
	browser := web.open("/stream")

	fmt.Println(web.status("/orders?item=unicorn"))
	fmt.Println(web.status("/orders?item=apple"))
	fmt.Println(browser.next())
	// Output:
	// 409 Conflict
	// 200 OK
	// orders apple
}
