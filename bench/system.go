package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
)

// system is one library under measurement, in the server's process. As an
// http.Handler it serves streams: of the topic of all, and of what is meant for
// the user whom the user parameter names.
type system interface {
	http.Handler
	// broadcast sends html to all streams; it returns when the library has
	// taken it over. The commands' goroutine alone calls it, and target.
	broadcast(ctx context.Context) error
	// target sends html to the streams of targetUser.
	target(ctx context.Context) error
	// streams returns how many streams would receive a broadcast now.
	streams() int
	// close ends all streams.
	close(ctx context.Context) error
}

// systemNames are the systems in the order of their turns and of the table. The
// ratio is that of the first to the second.
var systemNames = []string{"htmxrt", "go-sse"}

func newSystem(name string) (system, error) {
	switch name {
	case "htmxrt":
		return newHTMXRT()
	case "go-sse":
		return newGoSSE(), nil
	}
	return nil, fmt.Errorf("unknown system %q", name)
}

// The first targetStreams clients belong to targetUser, every other one to a
// user of its own.
const (
	targetUser    = "target"
	targetStreams = 10
)

// userOf returns the user of client i.
func userOf(i int) string {
	if i < targetStreams {
		return targetUser
	}
	return "user" + strconv.Itoa(i)
}
