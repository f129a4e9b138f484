package presence

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

var (
	ann = htmxrt.SignedIn(htmxrt.User{ID: "ann", Name: "Ann"})
	bob = htmxrt.SignedIn(htmxrt.User{ID: "bob", Name: "Bob"})
)

// Ann and Bob are in the room; Bob types, writes, and goes.
func TestLounge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seen := make(chan string, 1)
		l := &lounge{seen: func(_ context.Context, user, room string) { seen <- user + " in " + room }}
		hub := htmxrttest.NewHub(t, l.options())
		mux := http.NewServeMux()
		mux.Handle("GET /room", hub.Stream("room:42", "notifications"))
		mux.HandleFunc("POST /typing", typing)
		mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
			if err := room().Render(r.Context(), w); err != nil {
				t.Error(err)
			}
		})
		server := htmxrttest.NewServer(t, hub.Middleware(mux))
		anns := server.Open("/room", htmxrttest.As(ann))
		bobs := server.Open("/room", htmxrttest.As(bob))
		time.Sleep(time.Second)
		if got := anns.Next(); got.Name != "room:42:presence" || !strings.Contains(got.Data, ">Bob</li>") {
			t.Errorf("Ann is shown %+v", got)
		}
		if res := server.Get("/", htmxrttest.As(ann)); res.StatusCode != http.StatusOK {
			t.Errorf("the page: %s", res.Status)
		}

		if res := server.Post("/typing", htmxrttest.As(bob)); res.StatusCode != http.StatusNoContent {
			t.Errorf("typing: %s", res.Status)
		}
		if got := anns.Next().Data; !strings.Contains(got, "Bob is typing…") {
			t.Errorf("Ann is shown %q", got)
		}
		ctx := htmxrt.WithIdentity(context.Background(), bob)
		if err := post(ctx, hub, "Hello"); err != nil {
			t.Fatal(err)
		}
		anns.NextIs("Hello")
		if got := anns.Next(); got.Data != "typed" {
			t.Errorf("Ann is shown %+v", got)
		}

		if res := server.Post("/typing"); res.StatusCode != http.StatusForbidden {
			t.Errorf("somebody types: %s", res.Status)
		}

		bobs.Close()
		time.Sleep(10 * time.Second) // Bob is away
		if err := nudge(ctx, hub, "Tea!"); err != nil {
			t.Fatal(err)
		}
		if got := anns.Until("Tea!"); !strings.Contains(got[0].Data, "data-rt-away") {
			t.Errorf("Ann is shown %+v", got)
		}
		if got := <-seen; got != "bob in room:42" {
			t.Errorf("seen: %s", got)
		}
		anns.Close()
		time.Sleep(time.Minute)
		if err := nudge(ctx, hub, "Tea!"); err != nil {
			t.Errorf("with nobody there: %v", err)
		}
	})
}
