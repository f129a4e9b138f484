package htmxrt_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// chatLine stands for a component that templ generates.
func chatLine(author, text string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := fmt.Fprintf(w, "<li>%s: %s</li>", templ.EscapeString(author), templ.EscapeString(text))
		return err
	})
}

// A fragment goes to every stream that follows the topic.
func ExampleHub_Send() {
	hub, err := htmxrt.New(htmxrt.Options{})
	if err != nil {
		log.Fatal(err)
	}
	web := start(hub, hub.Stream("room:42"))
	defer web.stop()
	browser := web.open("/")

	line := chatLine("Ann", "1 < 2")
	err = hub.Send(context.Background(), "room:42", htmxrt.Component(line), htmxrt.Everyone())
	if err != nil {
		log.Fatal(err)
	}

	fmt.Println(browser.next())
	// Output: room:42 <li>Ann: 1 &lt; 2</li>
}

// In a request the hub and the sender are in the context: the function Send
// finds both.
func ExampleSend() {
	hub, err := htmxrt.New(htmxrt.Options{})
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /stream", hub.Stream("room:42"))
	mux.HandleFunc("POST /messages", func(w http.ResponseWriter, r *http.Request) {
		user, _ := htmxrt.IdentityFrom(r.Context()).User()
		line := chatLine(user.ID, r.FormValue("text"))
		if err := htmxrt.Send(r.Context(), "room:42", htmxrt.Component(line), htmxrt.Everyone()); err != nil {
			http.Error(w, "not sent", http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	web := start(hub, hub.Middleware(asVisitor(mux)))
	defer web.stop()
	browser := web.open("/stream")

	fmt.Println(web.status("/messages?user=ann&text=hello"))
	fmt.Println(browser.next())
	// Output:
	// 204 No Content
	// room:42 <li>ann: hello</li>
}

// A topic that nobody follows is no error: the log keeps the message for those
// who come within the window.
func ExampleHub_Send_nobodyThere() {
	hub, err := htmxrt.New(htmxrt.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer hub.Shutdown(context.Background())

	err = hub.Send(context.Background(), "room:42", htmxrt.Text("hello"), htmxrt.Everyone())
	fmt.Println(err)
	// Output: <nil>
}
