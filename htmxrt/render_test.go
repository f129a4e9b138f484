package htmxrt_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

type localeKey struct{}

// A component rendered for others sees the application's values and nothing of
// the sender's request; one for the sender alone sees that too.
func TestComponentsForOthersAreRenderedWithoutTheSender(t *testing.T) {
	t.Run("capture_request_context_values_visible", lookAtContexts)
}

func lookAtContexts(t *testing.T) {
	ctx, cancel := context.WithCancel(from(alice))
	ctx = context.WithValue(ctx, localeKey{}, "de")
	ctx = htmxrt.WithSession(ctx, htmxrt.Session{Key: "s"})
	ctx = templ.WithNonce(ctx, "nonce")
	ctx = templ.WithChildren(ctx, component("children of the page", nil))
	cancel() // the poster has closed the tab

	look := templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		_, inSession := htmxrt.SessionFrom(ctx)
		_, err := fmt.Fprintf(w, "%v %v %v %q %v", ctx.Value(localeKey{}), htmxrt.IdentityFrom(ctx), inSession, templ.GetNonce(ctx), ctx.Err())
		if err != nil {
			return err
		}
		return templ.GetChildren(ctx).Render(ctx, w) // nothing: they were the page's
	})
	s := newScene(t, htmxrt.Options{})
	stream := s.enter("alice", htmxrttest.As(alice))
	for _, tt := range []struct {
		to   htmxrt.SendOption
		want string
	}{
		{to: htmxrt.Everyone(), want: `de unknown false "" <nil>`},
		{to: htmxrt.ToUser("alice", "bob"), want: `de unknown false "" <nil>`},
		{to: htmxrt.ToUser("alice"), want: `de user alice true "nonce" <nil>`},
		{to: htmxrt.ToSession("s"), want: `de user alice true "nonce" <nil>`},
	} {
		if err := s.hub.Send(ctx, "room", htmxrt.Component(look), tt.to); err != nil {
			t.Fatal(err)
		}
		if err := s.hub.Send(ctx, "room", htmxrt.Text("fence")); err != nil {
			t.Fatal(err)
		}
		if got := stream.Next().Data; got != "fence" && got != tt.want {
			t.Errorf("rendered with %s, want %s", got, tt.want)
		} else if got == tt.want {
			stream.Next() // the fence
		}
	}
}

func TestOnceHandleIsCompleteInEveryFragment(t *testing.T) {
	handle := templ.NewOnceHandle()
	styled := templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		ctx = templ.InitializeContext(ctx)
		return handle.Once().Render(templ.WithChildren(ctx, component("<style></style>", nil)), w)
	})
	page := templ.InitializeContext(from(alice))
	if err := styled.Render(page, io.Discard); err != nil { // the page has it
		t.Fatal(err)
	}
	s := newScene(t, htmxrt.Options{})
	stream := s.enter("alice", htmxrttest.As(alice))
	for range 2 {
		send(t, s.hub, page, htmxrt.Component(styled))
		if got := stream.Next().Data; got != "<style></style>" {
			t.Errorf("fragment = %q, want the style again", got)
		}
	}
}

// Once: a fragment is rendered once, before anybody receives it, and a failed
// render or audience reaches nobody.
func TestOnce(t *testing.T) {
	s := newScene(t, htmxrt.Options{})
	s.everybody()
	rendered := 0
	counting := templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		rendered++
		_, err := fmt.Fprint(w, "render ", rendered)
		return err
	})
	send(t, s.hub, from(alice), htmxrt.Component(counting), htmxrt.Everyone())
	for name, stream := range s.streams {
		if got := stream.Next().Data; got != "render 1" {
			t.Errorf("%s received %q, want render 1", name, got)
		}
	}
	if rendered != 1 {
		t.Errorf("rendered %d times", rendered)
	}
	if err := s.hub.Send(from(alice), "room", htmxrt.Component(component("half", errors.New("broken"))), htmxrt.Everyone()); err == nil {
		t.Error("a failed render is no error")
	}
	if err := s.hub.Send(from(htmxrt.Identity{}), "room", htmxrt.Component(counting)); err == nil || rendered != 1 {
		t.Errorf("a failed audience: %v, rendered %d times", err, rendered)
	}
	if got := s.received(t); len(got) > 0 {
		t.Errorf("received by %q all the same", got)
	}
}
