package htmxrt_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// Authorize decides who may follow what, at render, at connect and again and
// again while the stream is open. Only with it may a browser name topics itself.
func ExampleOptions_authorize() {
	hub, err := htmxrt.New(htmxrt.Options{
		Authorize: func(_ context.Context, who htmxrt.Identity, topic string) error {
			user, ok := who.User()
			if owner, private := strings.CutPrefix(topic, "inbox:"); private && (!ok || user.ID != owner) {
				return errors.New("not yours")
			}
			return nil
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	web := start(hub, asVisitor(hub))
	defer web.stop()

	fmt.Println(web.open("/?user=ann&topic=inbox:ann").response.Status)
	fmt.Println(web.open("/?user=bob&topic=inbox:ann").response.Status)
	// Output:
	// 200 OK
	// 403 Forbidden
}
