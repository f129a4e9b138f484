package htmxrt_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

// wanderer is a client that goes away and returns with the cursor it had. It
// checks what it receives against what was sent: numbers from 1, in order.
type wanderer struct {
	stream *htmxrttest.Stream
	cursor htmxrt.Cursor
	next   int // the number expected; 0 after a reset: any
	resets int
}

// read takes events until one that says it is the last to read, or a reset,
// behind which that one may lie.
func (w *wanderer) read(t *testing.T, until int) {
	t.Helper()
	for {
		event := w.stream.NextRaw()
		if event.ID != "" {
			w.cursor = htmxrt.Cursor(event.ID)
		}
		switch event.Name {
		case "htmxrt-open", "htmxrt-beat":
			continue
		case "htmxrt-reset":
			w.next = 0
			w.resets++
			return
		case "room":
		default:
			t.Fatalf("unexpected event %+v", event)
		}
		n, err := strconv.Atoi(event.Data)
		if err != nil {
			t.Fatal(err)
		}
		if w.next != 0 && n != w.next {
			t.Fatalf("received %d, want %d: a silent gap, a double or a swap", n, w.next)
		}
		w.next = n + 1
		if n == until {
			return
		}
	}
}

// wander runs one random schedule of sends, absences and returns.
func wander(t *testing.T, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 7))
	s := newScene(t, htmxrt.Options{Window: htmxrt.Window{Count: 20 + random.IntN(60)}})
	clients := make([]*wanderer, 5)
	for i := range clients {
		clients[i] = &wanderer{stream: s.server.Open("/room"), next: 1}
	}
	sent := 0
	for range 30 {
		for range random.IntN(30) {
			sent++
			say(t, s.hub, strconv.Itoa(sent))
			if random.IntN(4) == 0 {
				if err := s.hub.Send(from(alice), "other", htmxrt.Text("noise"), htmxrt.Everyone()); err != nil {
					t.Fatal(err)
				}
			}
		}
		sent++
		say(t, s.hub, strconv.Itoa(sent)) // everybody who is there reads up to this one
		var wg sync.WaitGroup
		for _, c := range clients {
			if c.stream != nil {
				wg.Go(func() { c.read(t, sent) })
			}
		}
		wg.Wait()
		for _, c := range clients {
			switch {
			case c.stream != nil && random.IntN(3) == 0:
				c.stream.Close()
				c.stream = nil
			case c.stream == nil && random.IntN(2) == 0:
				c.stream = s.server.Open("/room", htmxrttest.LastEventID(c.cursor))
			}
		}
		time.Sleep(time.Duration(random.IntN(20)) * time.Second)
	}
	if testing.Verbose() {
		resets := 0
		for _, c := range clients {
			resets += c.resets
		}
		t.Log(fmt.Sprint(sent, " messages, ", resets, " resets"))
	}
}
