package htmxrttest_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

// A handler is tested over the server, as the users who take part.
func ExampleNewServer() {
	t := new(fakeTB) // in a test: its *testing.T
	defer t.finish()

	hub := htmxrttest.NewHub(t, htmxrt.Options{})
	mux := http.NewServeMux()
	mux.Handle("GET /stream", hub.Stream("room:42"))
	mux.HandleFunc("POST /messages", func(w http.ResponseWriter, r *http.Request) {
		user, _ := htmxrt.IdentityFrom(r.Context()).User()
		err := htmxrt.Send(r.Context(), "room:42", htmxrt.Text(user.Name+": "+r.FormValue("message")), htmxrt.Everyone())
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	server := htmxrttest.NewServer(t, hub.Middleware(mux))

	alice := htmxrt.SignedIn(htmxrt.User{ID: "1", Name: "Alice"})
	guest := server.Open("/stream", htmxrttest.As(htmxrt.Anonymous()))
	res := server.Post("/messages", htmxrttest.As(alice), htmxrttest.Form(url.Values{"message": {"a < b"}}))
	defer res.Body.Close()

	event := guest.Next()
	fmt.Println(res.Status, event.Name, event.Data)
	// Output: 200 OK room:42 Alice: a &lt; b
}

// That something was not sent is shown by a message that was sent later.
func ExampleStream_NextIs() {
	t := new(fakeTB) // in a test: its *testing.T
	defer t.finish()

	hub := htmxrttest.NewHub(t, htmxrt.Options{})
	server := htmxrttest.NewServer(t, hub.Stream("room"))
	bobs := server.Open("/", htmxrttest.As(htmxrt.SignedIn(htmxrt.User{ID: "bob"})))

	ctx := context.Background()
	fmt.Println(hub.Send(ctx, "room", htmxrt.Text("for Alice"), htmxrt.ToUser("alice")))
	fmt.Println(hub.Send(ctx, "room", htmxrt.Text("fence"), htmxrt.Everyone()))
	bobs.NextIs("fence")
	fmt.Println(t.failures)
	// Output:
	// <nil>
	// <nil>
	// []
}
