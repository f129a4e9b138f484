package htmxrt

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// A callback that is slow, or panics, holds up nothing but itself, and is told
// that it missed something.
func TestSlowPresenceCallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var kinds []PresenceKind
		h, err := New(Options{
			Presence: func(string) bool { return true },
			Limits:   Limits{Presence: 5000},
			OnPresence: func(ctx context.Context, e PresenceEvent) {
				if _, err := HubFrom(ctx); err != nil {
					t.Error(err)
				}
				<-release
				if kinds = append(kinds, e.Kind); len(kinds) == 1 {
					panic("a bug of the application")
				}
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer h.Shutdown(context.Background())
		for i := range tellerMax + 100 {
			newPage(user(fmt.Sprint(i)), "room").open(h)
			if i == 0 {
				pass(time.Second) // it is being told of
			}
		}
		pass(time.Second)
		if n := h.PresentCount("room"); n != tellerMax+100 {
			t.Errorf("%d are here", n)
		}
		close(release)
		synctest.Wait()
		resets := 0
		for _, k := range kinds {
			if k == PresenceReset {
				resets++
			}
		}
		if resets != 1 || len(kinds) > tellerMax+1 || kinds[0] != PresenceJoin {
			t.Errorf("%d events, %d resets", len(kinds), resets)
		}
	})
}
