package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// stream is a client without a network: it counts the messages that are written
// to it. Only the hub's goroutine uses it.
type stream struct {
	header  http.Header
	unread  int           // messages written and not yet flushed
	flushed chan struct{} // gets a token for each message flushed
}

func (s *stream) Header() http.Header { return s.header }

func (s *stream) WriteHeader(int) {}

func (s *stream) Write(p []byte) (int, error) {
	s.unread += bytes.Count(p, marker)
	return len(p), nil
}

func (s *stream) SetWriteDeadline(time.Time) error { return nil }

func (s *stream) FlushError() error {
	for ; s.unread > 0; s.unread-- {
		s.flushed <- struct{}{}
	}
	return nil
}

// house is a hub with streams in memory.
type house struct {
	hub     *htmxrt.Hub
	handler http.Handler
	flushed chan struct{} // of all streams
	done    sync.WaitGroup
}

// newHouse opens the streams of n users, user0 and so on, one each, and returns
// when all have received a message: what comes then is not mixed with their
// beginnings, nor with heartbeats. They end with the test.
func newHouse(tb testing.TB, n int) *house {
	tb.Helper()
	hub, err := htmxrt.New(htmxrt.Options{Heartbeat: time.Hour})
	if err != nil {
		tb.Fatal(err)
	}
	h := &house{hub: hub, handler: hub.Stream(topic), flushed: make(chan struct{}, 1<<16)}
	tb.Cleanup(func() {
		if err := hub.Shutdown(context.Background()); err != nil {
			tb.Error(err)
		}
		h.done.Wait()
	})
	opened := make(chan struct{})
	for i := range n {
		h.done.Add(1)
		go func() { // owned by h, ended by Shutdown above, which done waits for
			defer h.done.Done()
			h.open(context.Background(), "user"+strconv.Itoa(i), "", opened)
		}()
	}
	for range n {
		<-opened
	}
	h.send(tb, n, htmxrt.HTML(html), htmxrt.Everyone())
	return h
}

// open runs a stream that begins after a cursor, "" for now. It raises opened
// once the hub knows of it, and returns when the stream has ended.
func (h *house) open(ctx context.Context, user, after string, opened chan<- struct{}) {
	ctx = htmxrt.WithIdentity(ctx, htmxrt.SignedIn(htmxrt.User{ID: user}))
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "/?after="+after, nil)
	h.handler.ServeHTTP(&opening{stream{header: http.Header{}, flushed: h.flushed}, opened}, r)
}

// opening is a stream that tells of its head, which the hub writes when it has
// registered the stream.
type opening struct {
	stream
	opened chan<- struct{}
}

func (o *opening) WriteHeader(int) { o.opened <- struct{}{} }

// send sends and waits for n deliveries.
func (h *house) send(tb testing.TB, n int, opts ...htmxrt.SendOption) {
	tb.Helper()
	if err := h.hub.Send(tb.Context(), topic, opts...); err != nil {
		tb.Fatal(err)
	}
	h.await(n)
}

// await waits for n deliveries.
func (h *house) await(n int) {
	for range n {
		<-h.flushed
	}
}
