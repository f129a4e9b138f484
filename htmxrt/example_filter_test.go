package htmxrt_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// A Filter is a closure over whatever the handler knows. It is asked about all
// followers before anything is published.
func ExampleFilter() {
	hub, err := htmxrt.New(htmxrt.Options{})
	if err != nil {
		log.Fatal(err)
	}
	web := start(hub, asVisitor(hub.Stream("room:42")))
	defer web.stop()
	ann, bob := web.open("/?user=ann"), web.open("/?user=bob")

	muted := map[string]bool{"ann": true}
	notMuted := func(c *htmxrt.Client) bool { return !muted[c.User().ID] }
	ctx := context.Background()
	hub.Send(ctx, "room:42", htmxrt.Text("ping"), htmxrt.Filter(notMuted))
	hub.Send(ctx, "room:42", htmxrt.Text("good night"), htmxrt.Everyone())

	fmt.Println(ann.next())
	fmt.Println(bob.next())
	// Output:
	// room:42 good night
	// room:42 ping
}

// toIDs is defined once, at package level: every node has it, so that a send
// needs to carry its name and argument only.
var toIDs = htmxrt.DefineFilter("user-id-prefix", func(c *htmxrt.Client, prefix string) bool {
	return strings.HasPrefix(c.User().ID, prefix)
})

// A defined filter works with every broker, and takes an argument.
func ExampleDefineFilter() {
	hub, err := htmxrt.New(htmxrt.Options{})
	if err != nil {
		log.Fatal(err)
	}
	web := start(hub, asVisitor(hub.Stream("backups")))
	defer web.stop()
	admin, ann := web.open("/?user=admin:7"), web.open("/?user=ann")

	ctx := context.Background()
	hub.Send(ctx, "backups", htmxrt.Text("backup failed"), toIDs("admin:"))
	hub.Send(ctx, "backups", htmxrt.Text("good night"), htmxrt.Everyone())

	fmt.Println(admin.next())
	fmt.Println(ann.next())
	// Output:
	// backups backup failed
	// backups good night
}
