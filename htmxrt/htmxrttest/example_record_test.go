package htmxrttest_test

import (
	"context"
	"fmt"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

// greet is what is to be tested.
func greet(hub *htmxrt.Hub, user string) error {
	return hub.Send(context.Background(), "room:42", htmxrt.Text("Hello, "+user), htmxrt.ToUser(user))
}

// A recorder shows what a viewer receives, without any HTTP in the test.
func ExampleRecord() {
	t := new(fakeTB) // in a test: its *testing.T
	defer t.finish()

	hub := htmxrttest.NewHub(t, htmxrt.Options{})
	alice := htmxrttest.Record(t, hub, htmxrttest.As(htmxrt.SignedIn(htmxrt.User{ID: "alice"})), "room:42")
	bob := htmxrttest.Record(t, hub, htmxrttest.As(htmxrt.SignedIn(htmxrt.User{ID: "bob"})), "room:42")

	if err := greet(hub, "alice"); err != nil {
		t.Fatal(err)
	}
	alice.AssertSent("room:42", "Hello")
	alice.AssertNothing() // but that
	bob.AssertNothing()
	fmt.Println(len(t.failures), "failures")

	bob.AssertSent("room:42", "Hello")
	fmt.Println(t.failures[0])
	// Output:
	// 0 failures
	// user bob received nothing on "room:42" that contains "Hello":
	// 	room:42: nothing
}
