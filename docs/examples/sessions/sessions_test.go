package sessions

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

// people are accounts whose password is their id.
type people map[string]htmxrt.User

func (p people) ByID(_ context.Context, id string) (htmxrt.User, error) { return p[id], nil }

func (p people) ByPassword(_ context.Context, name, password string) (htmxrt.User, bool) {
	user, ok := p[name]
	return user, ok && password == name
}

func (p people) Delete(_ context.Context, id string) error {
	delete(p, id)
	return nil
}

func TestWhatEndsAStream(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(*testing.T, *htmxrt.Hub, people, *htmxrttest.Server)
	}{
		{"logout", func(_ *testing.T, _ *htmxrt.Hub, _ people, s *htmxrttest.Server) { submit(s, "/logout", nil) }},
		{"expel", func(t *testing.T, hub *htmxrt.Hub, p people, _ *htmxrttest.Server) {
			if err := expel(t.Context(), hub, p, "ann"); err != nil {
				t.Error(err)
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			hub := htmxrttest.NewHub(t, htmxrt.Options{})
			db := people{"ann": {ID: "ann", Name: "Ann"}}
			e, err := newApp(hub, db)
			if err != nil {
				t.Fatal(err)
			}
			e.GET("/stream", echo.WrapHandler(hub.Stream("room")))
			server := htmxrttest.NewServer(t, e)
			if server.Client().Jar, err = cookiejar.New(nil); err != nil {
				t.Fatal(err)
			}
			if status := submit(server, "/login", url.Values{"name": {"ann"}, "password": {"wrong"}}); status != http.StatusUnprocessableEntity {
				t.Errorf("wrong password: %d", status)
			}
			submit(server, "/login", url.Values{"name": {"ann"}, "password": {"ann"}})
			stream := server.Open("/stream", htmxrttest.Header("Accept", "text/event-stream"))
			if err := hub.Send(t.Context(), "room", htmxrt.Text("hello Ann"), htmxrt.ToUser("ann")); err != nil {
				t.Fatal(err)
			}
			stream.NextIs("hello Ann")

			tt.end(t, hub, db, server)
			if event := stream.Next(); event.Name != "htmxrt-close" {
				t.Errorf("the stream received %q %q, want htmxrt-close", event.Name, event.Data)
			}
		})
	}
}

func submit(server *htmxrttest.Server, path string, form url.Values) (status int) {
	answer := server.Post(path, htmxrttest.Form(form))
	answer.Body.Close()
	return answer.StatusCode
}
