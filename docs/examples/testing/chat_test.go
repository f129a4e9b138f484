package chat

import (
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

var (
	ann = htmxrt.SignedIn(htmxrt.User{ID: "ann"})
	bob = htmxrt.SignedIn(htmxrt.User{ID: "bob"})
)

// annsTab is what Ann's page would tell, see htmxrt.Connection.
const annsTab = "AAAAAAAAAAAAAAAAAAAAAA"

func TestMessageReachesTheOthers(t *testing.T) {
	hub := htmxrttest.NewHub(t, htmxrt.Options{})
	server := htmxrttest.NewServer(t, handler(hub))
	stream := server.Open("/room", htmxrttest.As(bob))

	answer := server.Post("/room", htmxrttest.As(ann),
		htmxrttest.Header(htmxrt.TabHeader, annsTab),
		htmxrttest.Form(url.Values{"text": {"1 < 2"}}))
	answer.Body.Close()

	stream.NextIs("1 &lt; 2")
}

// That nothing came is proved by what comes after it, not by waiting.
func TestStrangersCannotWrite(t *testing.T) {
	hub := htmxrttest.NewHub(t, htmxrt.Options{})
	server := htmxrttest.NewServer(t, handler(hub))
	stream := server.Open("/room", htmxrttest.As(bob))

	answer := server.Post("/room", htmxrttest.As(htmxrt.Anonymous()),
		htmxrttest.Form(url.Values{"text": {"spam"}}))
	answer.Body.Close()
	if answer.StatusCode != http.StatusForbidden {
		t.Errorf("status %d, want 403", answer.StatusCode)
	}

	err := hub.Send(t.Context(), "room", htmxrt.Text("fence"), htmxrt.Everyone())
	if err != nil {
		t.Fatal(err)
	}
	stream.NextIs("fence")
}

func TestOneMessageAndNoMore(t *testing.T) {
	hub := htmxrttest.NewHub(t, htmxrt.Options{})
	server := htmxrttest.NewServer(t, handler(hub))
	bobs := htmxrttest.Record(t, hub, htmxrttest.As(bob), "room")

	answer := server.Post("/room", htmxrttest.As(ann),
		htmxrttest.Header(htmxrt.TabHeader, annsTab),
		htmxrttest.Form(url.Values{"text": {"hello"}}))
	answer.Body.Close()

	bobs.AssertSent("room", "hello")
	bobs.AssertNothing()
}

// In a bubble of testing/synctest an hour of heartbeats takes milliseconds.
func TestStreamSurvivesAQuietHour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hub := htmxrttest.NewHub(t, htmxrt.Options{MaxAge: 3 * time.Hour})
		server := htmxrttest.NewServer(t, handler(hub))
		stream := server.Open("/room", htmxrttest.As(bob))

		time.Sleep(time.Hour)
		err := hub.Send(t.Context(), "room", htmxrt.Text("still there?"), htmxrt.Everyone())
		if err != nil {
			t.Fatal(err)
		}
		stream.NextIs("still there?")
	})
}
