package e2e_test

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// fence is the content of a message behind which there is nothing to wait for.
const fence = "the fence"

// wire is a stream over loopback whose bytes are kept. It is read by a
// goroutine of its own, which ends with the stream.
type wire struct {
	fenced chan struct{} // closed when the fence was read
	ended  chan struct{} // closed when the stream has ended; then the fields below are set
	stream []byte
	err    error
}

// openWire opens a stream of topics and returns when it follows them.
func openWire(t *testing.T, hub *htmxrt.Hub, topics []string) *wire {
	t.Helper()
	server := httptest.NewServer(hub.Stream(topics...))
	t.Cleanup(server.Close)
	res, err := server.Client().Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	if got := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || got != "text/event-stream" {
		t.Fatalf("the stream answered %d %q", res.StatusCode, got)
	}
	body := bufio.NewReader(res.Body)
	if _, err := body.Peek(1); err != nil { // htmxrt-open: it follows
		t.Fatal(err)
	}
	w := &wire{fenced: make(chan struct{}), ended: make(chan struct{})}
	go w.read(body)
	return w
}

func (w *wire) read(body *bufio.Reader) {
	defer close(w.ended)
	for {
		line, err := body.ReadString('\n')
		w.stream = append(w.stream, line...)
		switch {
		case line == "data: "+fence+"\n":
			close(w.fenced)
		case errors.Is(err, io.EOF):
			return
		case err != nil:
			w.err = err
			return
		}
	}
}

// close waits for the fence, ends the hub and returns all that the stream
// carried.
func (w *wire) close(t *testing.T, hub *htmxrt.Hub) []byte {
	t.Helper()
	within(t, w.fenced, "the fence arrives")
	if err := hub.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	within(t, w.ended, "the stream ends with the hub")
	if w.err != nil {
		t.Fatal(w.err)
	}
	return w.stream
}

// patience is how long anything that must happen may take. It is far more than
// it takes on a busy machine with two cores.
const patience = 30 * time.Second

// within waits until c is closed or something is received, for as long as
// patience lasts.
func within[T any](t *testing.T, c <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatalf("%s: not within %v", what, patience)
		panic("unreachable")
	}
}
