package htmxrt_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

// rewind loses the log and writes the first entries of it anew, as a restored
// copy has them, which has another id.
func (b *replaceable) rewind(t *testing.T, keep int, then ...func(*htmxrt.MemoryBroker)) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var kept []htmxrt.Entry
	_ = b.log().Follow(ctx, htmxrt.Position{}, func(_ htmxrt.Position, e htmxrt.Entry) error {
		if kept = append(kept, e); len(kept) == keep {
			cancel()
		}
		return nil
	})
	log := htmxrt.NewMemoryBroker(htmxrt.Window{})
	if _, err := log.Publish(context.Background(), kept...); err != nil {
		t.Fatal(err)
	}
	for _, f := range then {
		f(log)
	}
	b.replace(log)
}

// When a log is restored from an older copy, the cursor of a client that was away
// may be in the part that is left. What it missed is in the part that is gone: it
// is reset too. Nobody is sent anew what the copy has.
func TestRestoredLogResetsAlsoWhoWasAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &replaceable{current: htmxrt.NewMemoryBroker(htmxrt.Window{})}
		s := newScene(t, htmxrt.Options{Broker: paced{log}})
		here, away := s.enter("alice"), s.enter("bob")
		say(t, s.hub, "1")
		cursor := htmxrt.Cursor(away.Next().ID)
		away.Close()
		say(t, s.hub, "2")
		say(t, s.hub, "3")
		hear(here, 3)
		log.rewind(t, 2)
		synctest.Wait() // the hub has seen the copy
		say(t, s.hub, "4")
		time.Sleep(1500 * time.Millisecond) // it is in the middle of what the copy has
		between := s.hub.Cursor()
		time.Sleep(10 * time.Second) // follow's longest pause, and all entries
		synctest.Wait()
		for n := range 3 { // the position of what is gone is taken again
			say(t, s.hub, fmt.Sprint(n+5))
		}
		if got := here.Next(); got.Name != "htmxrt-reset" || got.Data != `{"reason":"rewound"}` {
			t.Errorf("who was there is told %+v, want a reset", got)
		}
		if got := hear(here, 2); !slices.Equal(got, []string{"4", "5"}) {
			t.Errorf("then %q, want 4 and 5", got)
		}
		back := s.enter("bob", htmxrttest.LastEventID(cursor))
		if got := back.Next(); got.Name != "htmxrt-reset" {
			t.Errorf("who was away is told %+v, want a reset", got)
		}
		page := s.enter("a page that was rendered in between", htmxrttest.LastEventID(between))
		if got := page.Next(); got.Name != "htmxrt-reset" {
			t.Errorf("a page that shows what the copy has is told %+v, want a reset", got)
		}
	})
}

// A revocation that is read again ends no stream that was opened after it. One
// that came while this node did not read does.
func TestRestoredLogEndsOnlyWhoWasRevokedSince(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &replaceable{current: htmxrt.NewMemoryBroker(htmxrt.Window{})}
		s := newScene(t, htmxrt.Options{Broker: paced{log}, Key: clusterKey})
		revoke := func(hub *htmxrt.Hub, user string) {
			t.Helper()
			if err := hub.Revoke(context.Background(), htmxrt.UserTarget(user)); err != nil {
				t.Fatal(err)
			}
		}
		revoke(s.hub, "alice")
		time.Sleep(2 * time.Second)
		back, leaver := s.enter("alice", htmxrttest.As(alice)), s.enter("bob", htmxrttest.As(bob))
		everywhere(t, s.hub, "1")
		everywhere(t, s.hub, "2")
		hear(back, 2)
		hear(leaver, 2)
		log.rewind(t, 2, func(restored *htmxrt.MemoryBroker) {
			other := newScene(t, htmxrt.Options{Broker: keepOpen{restored}, Key: clusterKey})
			revoke(other.hub, "bob")
		})
		time.Sleep(500 * time.Millisecond)
		log.rewind(t, 3)
		time.Sleep(20 * time.Second) // follow's longest pause, and all entries
		synctest.Wait()
		everywhere(t, s.hub, "3")
		for range 2 {
			if got := back.Next(); got.Name != "htmxrt-reset" {
				t.Errorf("who had come back is told %+v, want a reset for each loss", got)
			}
		}
		if got := back.Next().Data; got != "3" {
			t.Errorf("then %q, want 3", got)
		}
		if got := leaver.Next(); got.Name != "htmxrt-close" {
			t.Errorf("who was revoked since is told %+v, want htmxrt-close", got)
		}
		// The user's tickets of the restored log are good as well.
		again := s.enter("alice again", htmxrttest.As(alice))
		everywhere(t, s.hub, "4")
		if got := again.Next().Data; got != "4" {
			t.Errorf("who connects later is told %q, want 4", got)
		}
	})
}
