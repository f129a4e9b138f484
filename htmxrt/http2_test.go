package htmxrt_test

import (
	"bufio"
	"context"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

// Over HTTP/2 a write deadline that passes between two writes ends the stream,
// so it is taken back after each.
func TestHTTP2(t *testing.T) {
	t.Run("http2_stream", func(t *testing.T) {
		hub := htmxrttest.NewHub(t, htmxrt.Options{WriteTimeout: 50 * time.Millisecond, Heartbeat: 200 * time.Millisecond})
		server := httptest.NewUnstartedServer(hub.Stream("room"))
		server.EnableHTTP2 = true
		server.StartTLS()
		defer server.Close()
		res, err := server.Client().Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if res.ProtoMajor != 2 {
			t.Fatalf("protocol %s, want HTTP/2", res.Proto)
		}
		lines := bufio.NewScanner(res.Body)
		await := func(line string) {
			t.Helper()
			for lines.Scan() {
				if lines.Text() == line {
					return
				}
			}
			t.Fatalf("the stream ended before %q: %v", line, lines.Err())
		}
		for range 3 { // each after four write timeouts of silence
			await("event: htmxrt-beat")
		}
		send(t, hub, context.Background(), htmxrt.Text("hello"), htmxrt.Everyone())
		await("data: hello")
		if err := hub.Shutdown(context.Background()); err != nil {
			t.Fatal(err)
		}
		rest, err := io.ReadAll(res.Body)
		if err != nil || strings.Contains(string(rest), "data: hello") {
			t.Errorf("behind the message: %q, %v", rest, err)
		}
	})
}
