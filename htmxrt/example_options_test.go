package htmxrt_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// The zero Options work. What is out of range is an error that names the field.
func ExampleNew() {
	hub, err := htmxrt.New(htmxrt.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer hub.Shutdown(context.Background())

	_, err = htmxrt.New(htmxrt.Options{Heartbeat: -time.Second})
	fmt.Println(err)
	_, err = htmxrt.New(htmxrt.Options{Key: []byte("secret")})
	fmt.Println(err)
	// Output:
	// htmxrt: Options.Heartbeat is -1s, want 10ms or more, or 0 for 15s
	// htmxrt: Options.Key has 6 bytes, want 32 or more
}
