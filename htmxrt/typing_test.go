package htmxrt_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

// typist is what a page shows of somebody who types.
func typist(id string, who htmxrt.User) templ.Component {
	return templ.Raw(fmt.Sprintf("<i id=%q>%s types</i>", id, who.Name))
}

// types says that who types in "room", from a request with a tab.
func (s *scene) types(t *testing.T, who htmxrt.Identity, tab string) error {
	t.Helper()
	var err error
	handler := s.hub.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		err = s.hub.Typing(htmxrt.WithIdentity(r.Context(), who), "room", "#typing", typist)
	}))
	htmxrttest.NewServer(t, handler).Post("/", htmxrttest.Header(htmxrt.TabHeader, tab)).Body.Close()
	return err
}

// wantTyping fails unless the next events say that somebody types, or does not.
func wantTyping(t *testing.T, stream *htmxrttest.Stream, name string) {
	t.Helper()
	e := stream.Next()
	if shows := strings.Contains(e.Data, "beforeend"); shows != (name != "") || !strings.Contains(e.Data, name) || e.HasID == shows {
		t.Fatalf("received %+v, want typing %q", e, name)
	}
}

// Others see that somebody types, on all nodes, until 5 s after the last word of
// it; what shows it is not kept, what takes it away is.
func TestTyping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, htmxrt.Window{})
		a, b := c.node(t, htmxrt.Options{}), c.node(t, htmxrt.Options{})
		own := a.enter("alice", htmxrttest.As(alice))
		other := b.enter("bob", htmxrttest.As(bob))
		start := time.Now()
		for range 10 { // a key each
			if err := a.types(t, alice, ""); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		cursor := b.hub.Cursor()
		wantTyping(t, other, "Alice types")
		wantTyping(t, other, "")
		if took := time.Since(start); took != 14*time.Second {
			t.Errorf("typed for %v, want 9s and 5s more", took)
		}
		everywhere(t, a.hub, "fence")
		other.NextIs("fence")
		wantTyping(t, own, "") // its own page may have been another's before
		own.NextIs("fence")
		late := b.enter("late", htmxrttest.As(bob), htmxrttest.After(cursor))
		wantTyping(t, late, "")
		late.NextIs("fence")
	})
}

// A guest's other tabs are others.
func TestTypingGuest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t, htmxrt.Options{})
		own := s.enter("guest", htmxrttest.As(htmxrt.Anonymous()))
		other := s.enter("other", htmxrttest.As(htmxrt.Anonymous()))
		if err := s.types(t, htmxrt.Anonymous(), own.Tab()); err != nil {
			t.Fatal(err)
		}
		wantTyping(t, other, " types")
		everywhere(t, s.hub, "fence")
		own.NextIs("fence")
	})
}

func TestStopTyping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t, htmxrt.Options{})
		stream := s.enter("bob", htmxrttest.As(bob))
		for range 2 {
			if err := s.types(t, alice, ""); err != nil {
				t.Fatal(err)
			}
			wantTyping(t, stream, "Alice types")
			for range 2 { // once is enough
				if err := s.hub.StopTyping(from(alice), "room"); err != nil {
					t.Fatal(err)
				}
			}
			wantTyping(t, stream, "")
		}
		time.Sleep(time.Minute)
		everywhere(t, s.hub, "fence")
		stream.NextIs("fence")
	})
}

// The requests of a page go to any node: what one shows, another may take away,
// and the last that has shown it is the one that takes it away in the end.
func TestTypingOnSeveralNodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, htmxrt.Window{})
		a, b := c.node(t, htmxrt.Options{}), c.node(t, htmxrt.Options{})
		other := b.enter("bob", htmxrttest.As(bob))
		types := func(s *scene) {
			t.Helper()
			synctest.Wait() // until all nodes have read what was sent
			if err := s.types(t, alice, ""); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		types(a)
		wantTyping(t, other, "Alice types")
		if err := b.hub.StopTyping(from(alice), "room"); err != nil {
			t.Fatal(err)
		}
		wantTyping(t, other, "")
		types(a) // which has heard that it is not shown any more
		wantTyping(t, other, "Alice types")
		time.Sleep(4 * time.Second)
		start := time.Now()
		types(b)
		wantTyping(t, other, "Alice types")
		wantTyping(t, other, "")
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("typed for %v, want 5s after the last word", took)
		}
		time.Sleep(time.Minute)
		everywhere(t, a.hub, "fence")
		other.NextIs("fence")
	})
}

// No more than 20 are shown, whoever pretends to be many.
func TestTypingIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScene(t, htmxrt.Options{})
		stream := s.enter("bob", htmxrttest.As(bob))
		for i := range 50 {
			if err := s.types(t, htmxrt.SignedIn(htmxrt.User{ID: fmt.Sprint(i)}), ""); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		everywhere(t, s.hub, "fence")
		if n := len(stream.Until("fence")); n != 20 {
			t.Errorf("%d are shown, want 20", n)
		}
	})
}

func TestTypingErrors(t *testing.T) {
	refuse := func(_ context.Context, who htmxrt.Identity, _ string) error {
		if who.IsAnonymous() {
			return errors.New("members only")
		}
		return nil
	}
	s := newScene(t, htmxrt.Options{Authorize: refuse})
	guests := newScene(t, htmxrt.Options{})
	for name, tt := range map[string]struct {
		scene *scene
		ctx   context.Context
		topic string
		show  func(string, htmxrt.User) templ.Component
		want  error
	}{
		"bad topic":         {s, from(alice), "a,b", typist, htmxrt.ErrBadTopic},
		"nobody knows who":  {s, context.Background(), "room", typist, htmxrt.ErrUnknownSender},
		"refused":           {s, from(htmxrt.Anonymous()), "room", typist, htmxrt.ErrForbidden},
		"guest without tab": {guests, from(htmxrt.Anonymous()), "room", typist, htmxrt.ErrNoAudience},
		"nothing to show":   {s, from(alice), "room", func(string, htmxrt.User) templ.Component { return nil }, htmxrt.ErrContent},
	} {
		for range 2 { // an error does not count as typing
			if err := tt.scene.hub.Typing(tt.ctx, tt.topic, "#typing", tt.show); !errors.Is(err, tt.want) {
				t.Errorf("%s: Typing = %v, want %v", name, err, tt.want)
			}
		}
	}
}

// A component that panics is not typing either.
func TestTypingPanic(t *testing.T) {
	s := newScene(t, htmxrt.Options{})
	panics := 0
	for range 2 {
		func() {
			defer func() {
				if recover() != nil {
					panics++
				}
			}()
			s.hub.Typing(from(alice), "room", "#typing", func(string, htmxrt.User) templ.Component { panic("a bug") })
		}()
	}
	if panics != 2 {
		t.Errorf("%d panics, want 2: the second time somebody typed already", panics)
	}
}

// A node that shuts down takes away what it showed, and leaves no timer.
func TestShutdownEndsTyping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, htmxrt.Window{})
		a, b := c.node(t, htmxrt.Options{}), c.node(t, htmxrt.Options{})
		stream := b.enter("bob", htmxrttest.As(bob))
		if err := a.types(t, alice, ""); err != nil {
			t.Fatal(err)
		}
		wantTyping(t, stream, "Alice types")
		start := time.Now()
		if err := a.hub.Shutdown(context.Background()); err != nil {
			t.Fatal(err)
		}
		wantTyping(t, stream, "")
		if time.Since(start) != 0 {
			t.Error("it took a while")
		}
		if err := a.hub.Typing(from(alice), "room", "#typing", typist); !errors.Is(err, htmxrt.ErrClosed) {
			t.Errorf("Typing after Shutdown = %v", err)
		}
	})
}

// What cannot be taken away is tried again.
func TestTypingIsTakenAwayAfterAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t, htmxrt.Window{})
		cut := newSeverable(c.broker(), errors.New("cut"))
		a, b := c.node(t, htmxrt.Options{Broker: cut}), c.node(t, htmxrt.Options{})
		stream := b.enter("bob", htmxrttest.As(bob))
		if err := a.types(t, alice, ""); err != nil {
			t.Fatal(err)
		}
		wantTyping(t, stream, "Alice types")
		cut.sever()
		time.Sleep(20 * time.Second)
		cut.mend()
		wantTyping(t, stream, "")
	})
}
