package htmxrt_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// Without an audience, a signed-in user's message reaches that user's own
// tabs and nobody else.
func ExampleHub_Send_defaultAudience() {
	hub, err := htmxrt.New(htmxrt.Options{})
	if err != nil {
		log.Fatal(err)
	}
	web := start(hub, asVisitor(hub.Stream("notifications")))
	defer web.stop()
	laptop, phone := web.open("/?user=ann"), web.open("/?user=ann")
	bob := web.open("/?user=bob")

	ctx := htmxrt.WithIdentity(context.Background(), htmxrt.SignedIn(htmxrt.User{ID: "ann"}))
	hub.Send(ctx, "notifications", htmxrt.Text("saved"))
	hub.Send(ctx, "notifications", htmxrt.Text("good night"), htmxrt.Everyone())

	fmt.Println(laptop.next())
	fmt.Println(phone.next())
	fmt.Println(bob.next())
	// Output:
	// notifications saved
	// notifications saved
	// notifications good night
}

// ToUser reaches all tabs of the users that it names.
func ExampleToUser() {
	hub, err := htmxrt.New(htmxrt.Options{})
	if err != nil {
		log.Fatal(err)
	}
	web := start(hub, asVisitor(hub.Stream("notifications")))
	defer web.stop()
	ann, bob := web.open("/?user=ann"), web.open("/?user=bob")

	ctx := context.Background()
	hub.Send(ctx, "notifications", htmxrt.Text("you were mentioned"), htmxrt.ToUser("bob"))
	hub.Send(ctx, "notifications", htmxrt.Text("good night"), htmxrt.Everyone())

	fmt.Println(ann.next())
	fmt.Println(bob.next())
	// Output:
	// notifications good night
	// notifications you were mentioned
}

// ExceptUser narrows an audience: here everyone but Ann, whose page has the
// answer to her own request.
func ExampleExceptUser() {
	hub, err := htmxrt.New(htmxrt.Options{})
	if err != nil {
		log.Fatal(err)
	}
	web := start(hub, asVisitor(hub.Stream("room:42")))
	defer web.stop()
	ann, bob := web.open("/?user=ann"), web.open("/?user=bob")

	ctx := context.Background()
	hub.Send(ctx, "room:42", htmxrt.Text("Ann is here"), htmxrt.Everyone(), htmxrt.ExceptUser("ann"))
	hub.Send(ctx, "room:42", htmxrt.Text("good night"), htmxrt.Everyone())

	fmt.Println(ann.next())
	fmt.Println(bob.next())
	// Output:
	// room:42 good night
	// room:42 Ann is here
}

// Who cannot be known has no default audience. Nothing is guessed, nothing is
// sent.
func ExampleHub_Send_noAudience() {
	hub, err := htmxrt.New(htmxrt.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer hub.Shutdown(context.Background())

	ctx := context.Background() // a background job: no request, no sender
	err = hub.Send(ctx, "room:42", htmxrt.Text("hello"))
	fmt.Println(errors.Is(err, htmxrt.ErrNoAudience))

	ctx = htmxrt.WithIdentity(ctx, htmxrt.Identity{}) // a request whose session did not load
	err = hub.Send(ctx, "room:42", htmxrt.Text("hello"))
	fmt.Println(errors.Is(err, htmxrt.ErrUnknownSender))
	// Output:
	// true
	// true
}
