package htmxrt_test

import (
	"context"
	"fmt"
	"log"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// Verbs name elements instead of regions. Several in one send arrive together,
// and a Trigger after them.
func ExampleAppend() {
	hub, err := htmxrt.New(htmxrt.Options{})
	if err != nil {
		log.Fatal(err)
	}
	web := start(hub, hub.Stream("room:42"))
	defer web.stop()
	browser := web.open("/")

	hub.Send(context.Background(), "room:42", htmxrt.Everyone(),
		htmxrt.Append("#messages", chatLine("Ann", "hello")),
		htmxrt.Remove("#nobody-yet"),
		htmxrt.Trigger("ding", map[string]int{"volume": 3}),
	)

	for range 2 {
		event, data := browser.next()
		fmt.Printf("%q\n%s\n", event, data)
	}
	// Output:
	// ""
	// <hx-partial hx-target="#messages" hx-swap="beforeend"><li>Ann: hello</li></hx-partial><hx-partial hx-target="#nobody-yet" hx-swap="delete"></hx-partial>
	// "htmxrt-trigger"
	// {"detail":{"volume":3},"event":"ding"}
}
