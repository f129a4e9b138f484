package htmxrt_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

// A node that is cut off from the log cannot know who was revoked: it ends the
// streams of signed-in users within 30 s and a tick, and serves them again by
// itself when it reads the log again.
func TestBlindNodeFailsClosed(t *testing.T) {
	for name, fails := range map[string]error{"calls hang": nil, "calls fail": errors.New("dial redis://user:hunter2@db: refused")} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { goBlind(t, fails) })
		})
	}
}

func goBlind(t *testing.T, fails error) {
	c := newCluster(t, htmxrt.Window{})
	link := newSeverable(c.broker(), fails)
	var book logbook
	far, near := c.node(t, htmxrt.Options{}), c.node(t, htmxrt.Options{Broker: link, Logger: book.logger()})
	health := htmxrttest.NewServer(t, near.hub.Health())
	pages := near.pages(t)
	guest := near.enter("guest", htmxrttest.As(htmxrt.Anonymous()))
	stream := near.enter("alice", htmxrttest.As(alice))
	page := pages.render(htmxrttest.As(htmxrt.Anonymous()))
	time.Sleep(time.Minute)
	if err := near.hub.Ready(); err != nil {
		t.Fatalf("Ready = %v before anything happened", err)
	}

	link.sever()
	cut := time.Now()
	bye := stream.Next()
	after := time.Since(cut)
	if bye.Name != "htmxrt-bye" || bye.Data != `{"reason":"blind"}` || bye.HasID ||
		bye.Retry < 2*time.Second || bye.Retry > 10*time.Second {
		t.Errorf("a signed-in stream: %+v, want htmxrt-bye with a retry of 2 to 10s", bye)
	}
	if after > 31*time.Second || after < 24*time.Second {
		t.Errorf("after %v, want 30s since the last beat that came back, and a tick", after)
	}
	if _, more := stream.TryNext(); more {
		t.Error("an event behind htmxrt-bye")
	}
	if err := near.hub.Ready(); err == nil || !strings.Contains(err.Error(), "blind") {
		t.Errorf("Ready = %v, want that the node is blind", err)
	}
	if status, line := ask(health); status != http.StatusServiceUnavailable ||
		!strings.Contains(line, "blind") || strings.Contains(line, "hunter2") {
		t.Errorf("Health = %d %q, want 503 and the reason without the driver's error", status, line)
	}
	for name, got := range map[string]htmxrttest.Event{
		"signed in":               near.server.Open("/room", htmxrttest.As(alice)).NextRaw(),
		"anonymous with a ticket": pages.server.Open(page.URL, htmxrttest.As(htmxrt.Anonymous())).NextRaw(),
	} {
		if got.Name != "htmxrt-bye" || got.Data != `{"reason":"blind"}` {
			t.Errorf("a new stream, %s: %+v, want htmxrt-bye", name, got)
		}
	}
	newcomer := near.enter("newcomer", htmxrttest.As(htmxrt.Anonymous()))
	time.Sleep(5 * time.Minute) // less than the log keeps
	if err := far.hub.Revoke(context.Background(), htmxrt.UserTarget("bob")); err != nil {
		t.Fatal(err)
	}
	everywhere(t, far.hub, "meanwhile")

	link.mend()
	time.Sleep(15 * time.Second) // follow's longest pause, a beat, and the way of a call that hangs
	if err := near.hub.Ready(); err != nil {
		t.Errorf("Ready = %v after the node reads again", err)
	}
	if status, line := ask(health); status != http.StatusOK || line != "ready" {
		t.Errorf("Health = %d %q", status, line)
	}
	back := near.server.Open("/room", htmxrttest.As(alice))
	everywhere(t, far.hub, "again")
	if got := back.Next().Data; got != "again" {
		t.Errorf("a signed-in stream received %q after the node reads again", got)
	}
	for name, stream := range map[string]*htmxrttest.Stream{"guest": guest, "newcomer": newcomer} {
		if got := []string{stream.Next().Data, stream.Next().Data}; got[0] != "meanwhile" || got[1] != "again" {
			t.Errorf("%s received %q, want all that was sent meanwhile", name, got)
		}
	}
	if got := near.hub.Stats().Blind; got != 1 {
		t.Errorf("Stats.Blind = %d, want 1", got)
	}
	if far.hub.Stats().Blind != 0 {
		t.Error("the other node went blind")
	}
	if lost, found := book.lines("do not come back"), book.lines("come back through the log again"); len(lost) != 1 || len(found) != 1 {
		t.Errorf("logged %q and %q, want one line a change", lost, found)
	}
}

// ask asks a health check and returns the first line.
func ask(s *htmxrttest.Server, opts ...htmxrttest.OpenOption) (status int, line string) {
	res := s.Get("/", opts...)
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	return res.StatusCode, strings.TrimSpace(string(b))
}

func TestHealth(t *testing.T) {
	hub := htmxrttest.NewHub(t, htmxrt.Options{})
	server := htmxrttest.NewServer(t, hub.Health())
	res := server.Get("/")
	res.Body.Close()
	if res.StatusCode != http.StatusOK || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("GET = %d with %v", res.StatusCode, res.Header)
	}
	if status, line := ask(server, htmxrttest.Method(http.MethodHead)); status != http.StatusOK || line != "" {
		t.Errorf("HEAD = %d %q", status, line)
	}
	res = server.Post("/")
	res.Body.Close()
	if res.StatusCode != http.StatusMethodNotAllowed || res.Header.Get("Allow") != "GET, HEAD" {
		t.Errorf("POST = %d with %v", res.StatusCode, res.Header)
	}
	if err := hub.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	if status, line := ask(server); status != http.StatusServiceUnavailable || line != "shutting down" {
		t.Errorf("after Shutdown: %d %q", status, line)
	}
	if err := hub.Ready(); !errors.Is(err, htmxrt.ErrClosed) {
		t.Errorf("Ready = %v, want %v", err, htmxrt.ErrClosed)
	}
}

// A node whose following of the log ended says so until it reads again.
func TestReadySaysThatFollowingEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, htmxrt.Window{})
		refused := errors.New("refused")
		link := newSeverable(c.broker(), refused)
		node := c.node(t, htmxrt.Options{Broker: link})
		link.sever()
		time.Sleep(time.Second)
		if err := node.hub.Ready(); !errors.Is(err, refused) || !strings.Contains(err.Error(), "following the log ended") {
			t.Errorf("Ready = %v, want why following ended", err)
		}
		link.mend()
		time.Sleep(10 * time.Second)
		if err := node.hub.Ready(); err != nil {
			t.Errorf("Ready = %v after it was mended", err)
		}
	})
}
