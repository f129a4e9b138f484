package htmxrttest_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

// say sends a text to everyone on "room".
func say(t *testing.T, hub *htmxrt.Hub, text string) {
	t.Helper()
	if err := hub.Send(context.Background(), "room", htmxrt.Text(text), htmxrt.Everyone()); err != nil {
		t.Fatal(err)
	}
}

func TestStreamResumes(t *testing.T) {
	hub := htmxrttest.NewHub(t, htmxrt.Options{})
	server := htmxrttest.NewServer(t, hub.Stream("room"))
	first := server.Open("/")
	if got := first.LastID(); got != hub.Cursor() {
		t.Errorf("LastID() = %q before any event, want %q", got, hub.Cursor())
	}
	say(t, hub, "seen")
	first.NextIs("seen")
	first.Close()
	first.Close()
	if got := hub.Stats().Streams; got != 0 {
		t.Errorf("%d streams open after Close, want 0", got)
	}
	say(t, hub, "missed")
	for name, opt := range map[string]htmxrttest.OpenOption{
		"LastEventID": htmxrttest.LastEventID(first.LastID()), "After": htmxrttest.After(first.LastID()),
	} {
		if got := server.Open("/", opt).Next(); got.Data != "missed" {
			t.Errorf("%s: received %+v, want what was missed", name, got)
		}
	}
}

func TestStreamTab(t *testing.T) {
	hub := htmxrttest.NewHub(t, htmxrt.Options{})
	server := htmxrttest.NewServer(t, hub.Stream("room"))
	stream, other := server.Open("/", htmxrttest.As(bob)), server.Open("/", htmxrttest.As(bob))
	err := hub.Send(t.Context(), "room", htmxrt.Text("for one tab"), htmxrt.ToTab(stream.Tab()))
	if err != nil {
		t.Fatal(err)
	}
	say(t, hub, "fence")
	if got := stream.Until("fence"); len(got) != 1 || got[0].Data != "for one tab" {
		t.Errorf("received %+v before the fence, want one event", got)
	}
	other.NextIs("fence")
}

func TestStreamThatIsRefused(t *testing.T) {
	hub := htmxrttest.NewHub(t, htmxrt.Options{})
	tb := newFakeTB(t)
	stream := htmxrttest.NewServer(tb, hub).Open("/?topic=room")
	if stream.Status != http.StatusForbidden || stream.Header.Get("Content-Type") == "" {
		t.Errorf("status %d, header %v; want 403 and its header", stream.Status, stream.Header)
	}
	if event, ok := stream.TryNext(); ok {
		t.Errorf("received %+v", event)
	}
	tb.run(func() { stream.Next() })
	tb.wants(t, `stream /?topic=room: no stream but 403 Forbidden "forbidden\n", want an event`)
	tb.finish()
}

func TestStreamFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub := htmxrttest.NewHub(t, htmxrt.Options{Heartbeat: time.Hour, MaxAge: 100 * time.Hour})
		tb := newFakeTB(t)
		stream := htmxrttest.NewServer(tb, hub.Stream("room")).Open("/")
		tb.run(func() { stream.Next() })
		tb.wants(t, "stream /: no event within 24h0m0s")
		say(t, hub, "<b>")
		stream.NextIs("fence")
		tb.wants(t, `stream /: received "room" "&lt;b&gt;", want the data "fence"`)
		if err := hub.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := stream.Next().Name; got != "htmxrt-bye" {
			t.Errorf("received %q, want htmxrt-bye", got)
		}
		tb.run(func() { stream.NextRaw() })
		tb.wants(t, "stream /: EOF, want an event")
		tb.finish()
	})
}

func TestOpenWaitsForAnEventInVain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tb := newFakeTB(t)
		server := htmxrttest.NewServer(tb, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/silent" {
				w.Header().Set("Content-Type", "text/event-stream")
				http.NewResponseController(w).Flush()
			}
			<-r.Context().Done()
		}))
		tb.run(func() { server.Open("/silent") })
		tb.run(func() { server.Open("/") })
		tb.wants(t, "open /silent: no event within 24h0m0s", "open /: nothing came in time")
		tb.finish()
	})
}

// A stream that nobody takes from is read all the same, for hours.
func TestStreamReadsAllTheTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub := htmxrttest.NewHub(t, htmxrt.Options{})
		stream := htmxrttest.NewServer(t, hub.Stream("room")).Open("/")
		for i := range 45 {
			time.Sleep(time.Minute)
			say(t, hub, fmt.Sprint(i))
		}
		for i := range 45 {
			stream.NextIs(fmt.Sprint(i))
		}
	})
}

func TestStalledStreamIsCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub := htmxrttest.NewHub(t, htmxrt.Options{})
		server := htmxrttest.NewServer(t, hub.Stream("room"))
		slow, stalled := server.Stall("/"), server.Stall("/")
		start := time.Now()
		for range 3 {
			say(t, hub, string(make([]byte, 8<<10)))
		}
		time.Sleep(9 * time.Second)
		stream := slow.Resume()
		for range 3 {
			if got := len(stream.Next().Data); got != 3*8<<10 { // NUL becomes U+FFFD
				t.Errorf("received %d bytes", got)
			}
		}
		stalled.AwaitEnd()
		if got, want := time.Since(start), 10*time.Second; got != want {
			t.Errorf("cut off after %v, want %v", got, want)
		}
		server.AwaitStreams(hub, 1)
	})
}
