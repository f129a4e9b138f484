package htmxrt_test

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"net/http"
	"strings"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// Stream is an endpoint whose topics the server chose: for pages without a
// ticket, and for programs.
func ExampleHub_Stream() {
	hub, err := htmxrt.New(htmxrt.Options{})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /api/sse", hub.Stream("chat"))
	web := start(hub, mux)
	defer web.stop()

	response := web.get("/api/sse")
	defer response.Body.Close()
	fmt.Println(response.StatusCode, response.Header.Get("Content-Type"))

	hub.Send(context.Background(), "chat", htmxrt.Text("two\nlines"), htmxrt.Everyone())
	lines := bufio.NewScanner(response.Body)
	for range 5 {
		lines.Scan() // htmxrt-open: retry, id, event, data, an empty line
	}
	for lines.Scan() && lines.Text() != "" {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		fmt.Printf("%s (%d bytes)\n", name, len(value))
	}
	// Output:
	// 200 text/event-stream
	// id (64 bytes)
	// event (4 bytes)
	// data (3 bytes)
	// data (5 bytes)
}

// A browser that comes back says what it saw last, and receives what came since.
func ExampleHub_Stream_replay() {
	hub, err := htmxrt.New(htmxrt.Options{})
	if err != nil {
		log.Fatal(err)
	}
	web := start(hub, hub.Stream("chat"))
	defer web.stop()
	ctx := context.Background()

	browser := web.open("/")
	hub.Send(ctx, "chat", htmxrt.Text("one"), htmxrt.Everyone())
	fmt.Println(browser.next())
	browser.close() // a tunnel

	hub.Send(ctx, "chat", htmxrt.Text("two"), htmxrt.Everyone())
	browser = web.open("/", browser.lastID)
	fmt.Println(browser.next())

	// What cannot be read on from is said, not hidden.
	fmt.Println(web.open("/", "no cursor of this hub").next())
	// Output:
	// chat one
	// chat two
	// htmxrt-reset {"reason":"cursor"}
}
