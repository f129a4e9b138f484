package htmxrttest_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

func TestRecorderShowsWhoReceivesWhat(t *testing.T) {
	hub := htmxrttest.NewHub(t, htmxrt.Options{})
	bobs := htmxrttest.Record(t, hub, htmxrttest.As(bob, htmxrt.Session{Key: "k"}), "room", "other")
	guest := htmxrttest.Record(t, hub, htmxrttest.As(htmxrt.Anonymous()), "room", "other")
	unknown := htmxrttest.Record(t, hub, htmxrttest.As(htmxrt.Identity{}), "room", "other")
	for _, rec := range []*htmxrttest.Recorder{bobs, guest, unknown} {
		rec.AssertNothing()
	}
	ctx := t.Context()
	for _, err := range []error{
		hub.Send(ctx, "room", htmxrt.Text("a < b"), htmxrt.Everyone()),
		hub.Send(ctx, "other", htmxrt.Remove("#x"), htmxrt.ToUser("bob")),
		hub.Send(ctx, "room", htmxrt.Text("session"), htmxrt.ToSession("k")),
		hub.Send(ctx, "room", htmxrt.Text("typing"), htmxrt.Everyone(), htmxrt.ExceptUser("bob"), htmxrt.Ephemeral()),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	bobs.AssertSent("room", "a &lt; b")
	bobs.AssertSent("other", `hx-target="#x"`)
	bobs.AssertSent("room", "session")
	bobs.AssertNothing()
	if got := guest.Messages(); len(got) != 2 || got[0].Name != "room" || got[1].Data != "typing" {
		t.Errorf("the guest received %+v, want a < b and typing", got)
	}
	unknown.AssertSent("room", "")
	unknown.AssertNothing()
}

func TestRecorderFails(t *testing.T) {
	hub := htmxrttest.NewHub(t, htmxrt.Options{})
	tb := newFakeTB(t)
	rec := htmxrttest.Record(tb, hub, htmxrttest.As(bob), "room", "other")
	rec.AssertSent("room", "hello")
	tb.wants(t, `user bob received nothing on "room" that contains "hello":`+
		"\n\troom: nothing\n\tother: nothing")
	rec.AssertSent("elsewhere", "hello")
	tb.wants(t, `"elsewhere" is not among the recorded topics of user bob`)

	say(t, hub, "hello")
	rec.AssertSent("room", "goodbye")
	tb.wants(t, `user bob received nothing on "room" that contains "goodbye":`+
		"\n\troom: event \"room\", data \"hello\"\n\tother: nothing")
	rec.AssertSent("other", "hello")
	tb.wants(t, `user bob received nothing on "other"`)
	rec.AssertNothing()
	tb.wants(t, `user bob received something, want nothing:`+
		"\n\troom: event \"room\", data \"hello\"\n\tother: nothing")
	rec.AssertSent("room", "hello")
	tb.wants(t)
	rec.AssertSent("room", "hello")
	tb.wants(t, `user bob received nothing on "room"`)

	tb.run(func() { htmxrttest.Record(tb, hub, htmxrttest.As(bob)) })
	tb.wants(t, "Record without a topic")
	tb.finish()
}

func TestRecorderOfAViewerWhoMayNotFollow(t *testing.T) {
	hub := htmxrttest.NewHub(t, htmxrt.Options{
		Authorize: func(_ context.Context, _ htmxrt.Identity, topic string) error {
			if topic == "secret" {
				return errors.New("no")
			}
			return nil
		},
	})
	tb := newFakeTB(t)
	rec := htmxrttest.Record(tb, hub, htmxrttest.As(bob), "secret", "room")
	if err := hub.Send(t.Context(), "secret", htmxrt.Text("x"), htmxrt.Everyone()); err != nil {
		t.Fatal(err)
	}
	rec.AssertNothing()
	rec.AssertSent("secret", "x")
	tb.wants(t, "\n\tsecret: nothing\n\tsecret: the stream has ended: no stream but 403 Forbidden")
	tb.finish()
}

func TestRecorderOfARevokedViewer(t *testing.T) {
	hub := htmxrttest.NewHub(t, htmxrt.Options{})
	tb := newFakeTB(t)
	rec := htmxrttest.Record(tb, hub, htmxrttest.As(bob), "room")
	say(t, hub, "before")
	rec.AssertSent("room", "before")
	if err := hub.Revoke(t.Context(), htmxrt.UserTarget("bob")); err != nil {
		t.Fatal(err)
	}
	say(t, hub, "after")
	rec.AssertNothing()
	rec.AssertSent("room", "after")
	tb.wants(t, `the stream has ended: htmxrt-close {"reason":"revoked"}`)
	tb.finish()
}

func TestRecorderOfAClosedHub(t *testing.T) {
	hub := htmxrttest.NewHub(t, htmxrt.Options{})
	rec := htmxrttest.Record(t, hub, htmxrttest.As(bob), "room")
	say(t, hub, "last words")
	if got := rec.Messages(); len(got) != 1 {
		t.Errorf("received %+v, want one event", got)
	}
	if err := hub.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	rec.AssertSent("room", "last words")
	rec.AssertNothing()
}

func TestRecordOfTooManyStreams(t *testing.T) {
	hub := htmxrttest.NewHub(t, htmxrt.Options{Limits: htmxrt.Limits{StreamsPerIdentity: 1}})
	tb := newFakeTB(t)
	tb.run(func() { htmxrttest.Record(tb, hub, htmxrttest.As(bob), "a", "b") })
	tb.wants(t, `user bob gets no stream on "b"`)
	tb.finish()
}

// A recorder records for as long as the bubble sleeps.
func TestRecorderInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub := htmxrttest.NewHub(t, htmxrt.Options{})
		rec := htmxrttest.Record(t, hub, htmxrttest.As(bob), "room")
		for range 5 {
			time.Sleep(7 * time.Minute)
			say(t, hub, "reminder")
			rec.AssertSent("room", "reminder")
			rec.AssertNothing()
		}
	})
}
