package htmxrt_test

import (
	"context"
	"fmt"
	"log"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// Once Revoke has returned, nothing that is sent later reaches the user's open
// streams.
func ExampleHub_Revoke() {
	hub, err := htmxrt.New(htmxrt.Options{})
	if err != nil {
		log.Fatal(err)
	}
	web := start(hub, asVisitor(hub.Stream("room:42")))
	defer web.stop()
	ann, bob := web.open("/?user=ann"), web.open("/?user=bob")

	ctx := context.Background()
	if err := hub.Revoke(ctx, htmxrt.UserTarget("bob")); err != nil {
		log.Fatal(err)
	}
	hub.Send(ctx, "room:42", htmxrt.Text("without Bob"), htmxrt.Everyone())

	fmt.Println(ann.next())
	fmt.Println(bob.next())
	// Output:
	// room:42 without Bob
	// htmxrt-close {"reason":"revoked"}
}
