package htmxrt_test

import (
	"context"
	"fmt"
	"log"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// JSON is for listeners in the page's own scripts.
func ExampleJSON() {
	hub, err := htmxrt.New(htmxrt.Options{})
	if err != nil {
		log.Fatal(err)
	}
	web := start(hub, hub.Stream("cpu"))
	defer web.stop()
	browser := web.open("/")

	load := struct {
		Percent int `json:"percent"`
	}{Percent: 42}
	hub.Send(context.Background(), "cpu", htmxrt.JSON(load), htmxrt.Everyone())

	fmt.Println(browser.next())
	// Output: cpu {"percent":42}
}
