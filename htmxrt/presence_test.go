package htmxrt_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

func every(string) bool { return true }

// listed is a view that names users and counts guests, and how often it ran.
type listed struct{ renders atomic.Int64 }

func (l *listed) view(_ string, here htmxrt.Attendance) templ.Component {
	l.renders.Add(1)
	var names []string
	for _, p := range here.Users {
		names = append(names, fmt.Sprint(p.User.Name, p.Tabs))
	}
	return templ.Raw(fmt.Sprintf("%s +%d", strings.Join(names, " "), here.Guests))
}

// The list is rendered once, by the node that changes it, and reaches the
// followers on all nodes; a burst is one rendering.
func TestPresenceIsShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, htmxrt.Window{})
		var shown listed
		opts := htmxrt.Options{Presence: every, PresenceView: shown.view}
		a, b := c.node(t, opts), c.node(t, opts)
		onA := a.enter("guest", htmxrttest.As(htmxrt.Anonymous()))
		onB := b.enter("alice", htmxrttest.As(alice))
		both := func(want string) {
			t.Helper()
			for _, stream := range []*htmxrttest.Stream{onA, onB} {
				for e := stream.Next(); ; e = stream.Next() {
					if e.Name != "room:presence" || !e.HasID {
						t.Fatalf("received %+v", e)
					}
					if e.Data == want {
						break
					}
				}
			}
		}
		both("Alice1 +1")
		time.Sleep(time.Second)
		before := shown.renders.Load()
		for range 5 {
			b.enter("bob", htmxrttest.As(bob))
		}
		both("Alice1 Bob5 +1")
		time.Sleep(time.Second)
		if n := shown.renders.Load() - before; n != 1 {
			t.Errorf("rendered %d times, want once", n)
		}
		if got := a.hub.Present("room"); len(got) != 2 || got[1].User.Name != "Bob" || got[1].User.Attrs != nil || got[1].Tabs != 5 {
			t.Errorf("present: %+v", got)
		}
		if a.hub.PresentCount("room") != 7 || !a.hub.Online("bob") || a.hub.Online("eve") {
			t.Error("the other node counts otherwise")
		}
	})
}

// A page that comes back in time, here with its ticket to another node, is
// never missing from the list.
func TestGlanceAwayIsNotShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, htmxrt.Window{})
		var shown listed
		opts := htmxrt.Options{Presence: every, PresenceView: shown.view}
		a, b := c.node(t, opts), c.node(t, opts)
		pagesA, pagesB := a.pages(t), b.pages(t)
		url := pagesA.render(htmxrttest.As(alice)).URL
		watcher := b.enter("bob", htmxrttest.As(bob))
		stream := pagesA.server.Open(url, htmxrttest.As(alice))
		time.Sleep(time.Second)
		everywhere(t, a.hub, "both are here")
		watcher.Until("both are here")
		for i := range 6 {
			stream.Close()
			time.Sleep(4 * time.Second)
			stream = []*site{pagesA, pagesB}[i%2].server.Open(url, htmxrttest.As(alice))
			time.Sleep(6 * time.Second)
		}
		everywhere(t, a.hub, "fence")
		watcher.NextIs("fence")
	})
}

// What pages show already is not sent again, unless another node sent something
// else since.
func TestPresenceIsNotShownTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, htmxrt.Window{})
		var shown listed
		opts := htmxrt.Options{Presence: every, PresenceView: shown.view}
		a, b := c.node(t, opts), c.node(t, opts)
		pagesA, pagesB := a.pages(t), b.pages(t)
		watcher := a.enter("bob", htmxrttest.As(bob))
		watcher.NextIs("Bob1 +0")
		guest := a.enter("guest", htmxrttest.As(alice))
		watcher.NextIs("Alice1 Bob1 +0")
		time.Sleep(time.Second)
		before := shown.renders.Load()
		guest.Close() // to the next page
		a.enter("guest", htmxrttest.As(alice))
		time.Sleep(time.Minute)
		if n := shown.renders.Load() - before; n != 0 {
			t.Errorf("rendered %d times for the same list", n)
		}

		carol := htmxrttest.As(htmxrt.SignedIn(htmxrt.User{ID: "carol", Name: "Carol"}))
		url := pagesA.render(carol).URL
		stream := pagesB.server.Open(url, carol)
		watcher.NextIs("Alice1 Bob1 Carol1 +0")
		stream.Close()
		pagesA.server.Open(url, carol)
		time.Sleep(time.Second)
		if err := a.hub.Revoke(context.Background(), htmxrt.UserTarget("carol")); err != nil {
			t.Fatal(err)
		}
		watcher.NextIs("Alice1 Bob1 +0")
	})
}

// Two nodes that render at once may send in the wrong order; what is shown in
// the end is the truth.
func TestPresenceShownLastIsTrue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, htmxrt.Window{})
		slow := make(chan struct{})
		var shown listed
		a := c.node(t, htmxrt.Options{Presence: every, PresenceView: func(topic string, here htmxrt.Attendance) templ.Component {
			view := shown.view(topic, here)
			<-slow // the other one overtakes
			return view
		}})
		b := c.node(t, htmxrt.Options{Presence: every, PresenceView: shown.view})
		watcher := b.enter("bob", htmxrttest.As(bob))
		time.Sleep(time.Second)
		a.enter("alice", htmxrttest.As(alice))
		time.Sleep(time.Second) // a has rendered, and not sent
		b.enter("bob", htmxrttest.As(bob))
		time.Sleep(time.Second)
		close(slow)
		time.Sleep(time.Second)
		everywhere(t, a.hub, "fence")
		last := ""
		for _, e := range watcher.Until("fence") {
			last = e.Data
		}
		if last != "Alice1 Bob2 +0" {
			t.Errorf("shown last: %q", last)
		}
	})
}

// Whoever is here is stated anew in a log that begins anew.
func TestPresenceInAnotherLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &replaceable{current: htmxrt.NewMemoryBroker(htmxrt.Window{})}
		var kinds []string
		s := newScene(t, htmxrt.Options{Broker: b, Presence: every, OnPresence: func(_ context.Context, e htmxrt.PresenceEvent) {
			kinds = append(kinds, e.Kind.String())
		}})
		s.enter("alice", htmxrttest.As(alice))
		time.Sleep(time.Second)
		b.lose()
		time.Sleep(time.Second)
		synctest.Wait()
		if got := strings.Join(kinds, " "); got != "join reset join" || s.hub.PresentCount("room") != 1 {
			t.Errorf("told %q, want join reset join; %d are here", got, s.hub.PresentCount("room"))
		}
	})
}

// Whoever took over from a node that was killed shows what has changed.
func TestKilledNodesUsersVanishFromTheList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, htmxrt.Window{})
		var shown listed
		opts := htmxrt.Options{Presence: every, PresenceView: shown.view}
		b := c.node(t, opts)
		watcher := b.enter("bob", htmxrttest.As(bob))
		cut := newSeverable(c.broker(), errors.New("cut"))
		opts.Broker = cut
		a := c.node(t, opts)
		a.enter("alice", htmxrttest.As(alice))
		time.Sleep(time.Second)
		everywhere(t, b.hub, "both are here")
		watcher.Until("both are here")
		cut.sever()
		start := time.Now()
		watcher.NextIs("Bob1 +0")
		if took := time.Since(start); took > 21*time.Second {
			t.Errorf("gone after %v, want 20s", took)
		}
	})
}

// A node that is killed between a change and its list leaves that to another one.
func TestKilledNodesLastChangeIsShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, htmxrt.Window{})
		var shown listed
		opts := htmxrt.Options{Presence: every, PresenceView: shown.view}
		b := c.node(t, opts)
		watcher := b.enter("bob", htmxrttest.As(bob))
		cut := newSeverable(c.broker(), errors.New("cut"))
		opts.Broker = cut
		a := c.node(t, opts)
		a.enter("alice", htmxrttest.As(alice))
		time.Sleep(time.Second)
		everywhere(t, b.hub, "both are here")
		watcher.Until("both are here")
		if err := a.hub.Revoke(context.Background(), htmxrt.UserTarget("alice")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(100 * time.Millisecond)
		if n := b.hub.PresentCount("room"); n != 1 {
			t.Fatalf("%d are here, want bob alone", n)
		}
		cut.sever()
		watcher.NextIs("Bob1 +0")
	})
}

// Streams that end for good, and topics that are taken away, leave at once.
func TestRevokedLeaveAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var refused atomic.Bool
		s := newScene(t, htmxrt.Options{Presence: every, Authorize: func(_ context.Context, _ htmxrt.Identity, topic string) error {
			if topic == "other" && refused.Load() {
				return htmxrt.ErrForbidden
			}
			return nil
		}})
		s.enter("alice", htmxrttest.As(alice))
		both := s.server.Open("/?topic=room&topic=other", htmxrttest.As(bob))
		time.Sleep(time.Second)
		if s.hub.PresentCount("room") != 2 || s.hub.PresentCount("other") != 1 {
			t.Fatal("not all are here")
		}
		if err := s.hub.Revoke(context.Background(), htmxrt.UserTarget("alice")); err != nil {
			t.Fatal(err)
		}
		refused.Store(true)
		time.Sleep(100 * time.Millisecond)
		if got := s.hub.Present("room"); len(got) != 1 || got[0].User.ID != "bob" {
			t.Errorf("present after the revocation: %v", got)
		}
		time.Sleep(time.Minute) // checked again
		if s.hub.PresentCount("other") != 0 || s.hub.PresentCount("room") != 1 {
			t.Errorf("present: %v, %v", s.hub.Present("room"), s.hub.Present("other"))
		}
		both.Close()
	})
}

// A view that cannot be rendered is logged, and nobody waits for it.
func TestBrokenPresenceView(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, view := range map[string]func(string, htmxrt.Attendance) templ.Component{
			"panic": func(string, htmxrt.Attendance) templ.Component { panic("a bug") },
			"nil":   func(string, htmxrt.Attendance) templ.Component { return nil },
		} {
			s := newScene(t, htmxrt.Options{Presence: every, PresenceView: view})
			stream := s.enter("alice", htmxrttest.As(alice))
			time.Sleep(time.Minute)
			say(t, s.hub, "fence")
			stream.NextIs("fence")
			if err := s.hub.PresenceView("room").Render(context.Background(), nil); !errors.Is(err, htmxrt.ErrContent) {
				t.Errorf("%s: Render = %v, want %v", name, err, htmxrt.ErrContent)
			}
		}
	})
}

// Shutdown does not wait for ever for the application.
func TestShutdownWithAPresenceCallbackThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		hub, err := htmxrt.New(htmxrt.Options{Presence: every, OnPresence: func(context.Context, htmxrt.PresenceEvent) { <-release }})
		if err != nil {
			t.Fatal(err)
		}
		stream := htmxrttest.NewServer(t, hub.Stream("room")).Open("/", htmxrttest.As(alice))
		time.Sleep(time.Second)
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		defer cancel()
		if err := hub.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Shutdown = %v, want %v", err, context.DeadlineExceeded)
		}
		close(release)
		stream.Close()
	})
}

func TestPresenceOptionsGoTogether(t *testing.T) {
	for _, o := range []htmxrt.Options{
		{OnPresence: func(context.Context, htmxrt.PresenceEvent) {}},
		{PresenceView: new(listed).view},
		{Presence: every, Limits: htmxrt.Limits{Presence: -1}},
	} {
		if _, err := htmxrt.New(o); err == nil {
			t.Errorf("New(%+v) took it", o)
		}
	}
}
