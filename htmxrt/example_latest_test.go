package htmxrt_test

import (
	"context"
	"fmt"
	"log"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// Of messages with the same topic, audience and key, a client that reads on
// from the log receives the newest.
func ExampleLatest() {
	hub, err := htmxrt.New(htmxrt.Options{})
	if err != nil {
		log.Fatal(err)
	}
	web := start(hub, hub.Stream("build"))
	defer web.stop()
	before := string(hub.Cursor())
	live := web.open("/")

	ctx := context.Background()
	for _, progress := range []string{"10 %", "50 %", "90 %"} {
		hub.Send(ctx, "build", htmxrt.Text(progress), htmxrt.Everyone(), htmxrt.Latest("progress"))
	}
	hub.Send(ctx, "build", htmxrt.Text("done"), htmxrt.Everyone())
	for _, data := live.next(); data != "done"; _, data = live.next() {
	}

	late := web.open("/", before)
	fmt.Println(late.next())
	fmt.Println(late.next())
	// Output:
	// build 90 %
	// build done
}

// An ephemeral message reaches those who are there now, and is not replayed.
func ExampleEphemeral() {
	hub, err := htmxrt.New(htmxrt.Options{})
	if err != nil {
		log.Fatal(err)
	}
	web := start(hub, hub.Stream("room:42"))
	defer web.stop()
	before := string(hub.Cursor())
	here := web.open("/")

	ctx := context.Background()
	hub.Send(ctx, "room:42", htmxrt.Text("Ann is typing"), htmxrt.Everyone(), htmxrt.Ephemeral())
	hub.Send(ctx, "room:42", htmxrt.Text("hello"), htmxrt.Everyone())

	fmt.Println(here.next())
	fmt.Println(here.next())
	fmt.Println(web.open("/", before).next())
	// Output:
	// room:42 Ann is typing
	// room:42 hello
	// room:42 hello
}
