package htmxrt_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// Shutdown comes before the HTTP server's own: that one waits for all requests,
// and a stream is a request that does not end by itself.
func ExampleHub_Shutdown() {
	hub, err := htmxrt.New(htmxrt.Options{})
	if err != nil {
		log.Fatal(err)
	}
	web := start(hub, hub.Stream("room:42"))
	defer web.stop()
	browser := web.open("/")

	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	fmt.Println(hub.Shutdown(ctx))
	fmt.Println(web.server.Config.Shutdown(ctx))

	fmt.Println(browser.next())
	err = hub.Send(ctx, "room:42", htmxrt.Text("too late"), htmxrt.Everyone())
	fmt.Println(errors.Is(err, htmxrt.ErrClosed))
	// Output:
	// <nil>
	// <nil>
	// htmxrt-bye {"reason":"drain"}
	// true
}
