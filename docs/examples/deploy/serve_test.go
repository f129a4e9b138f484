package deploy

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
)

func TestServeEndsWithAStreamOpen(t *testing.T) {
	hub, err := htmxrt.New(htmxrt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, listener, hub.Stream("room"), hub) }() // waited for below
	answer, err := http.Get("http://" + listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()

	begin := time.Now()
	stop()
	if err := <-ended; err != nil {
		t.Errorf("serve = %v", err)
	}
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("serve ended after %v", took)
	}
	var goodbye strings.Builder
	b := make([]byte, 4096)
	for {
		n, err := answer.Body.Read(b)
		goodbye.Write(b[:n])
		if err != nil {
			break
		}
	}
	if !strings.Contains(goodbye.String(), "event: htmxrt-bye\n") {
		t.Errorf("the stream ended with %q, want htmxrt-bye", goodbye.String())
	}
}
