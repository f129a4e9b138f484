package capture

import (
	"io"
	"net/http"
	"slices"
	"testing"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

func TestWhatIsShownAndSent(t *testing.T) {
	tests := []struct {
		path   string
		status int
		shown  string
		sent   []string
	}{
		{"/rename?headline=A+%26+B", 200, "<h1>A &amp; B</h1>", []string{"headline <h1>A &amp; B</h1>"}},
		{"/say?text=hi", 204, "", []string{"room <li>hi</li>"}},
		{"/order?item=unicorn", 409, "out of stock\n", nil},
		{"/order?item=apple", 201, "", []string{"orders apple", "stock apple: one less"}},
		{
			"/task?task=tea", 200, "<li>tea</li><p>Thank you.</p>",
			[]string{"activity <li>new task: tea</li>", "tasks <li>tea</li>"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			hub := htmxrttest.NewHub(t, htmxrt.Options{})
			mux := http.NewServeMux()
			mux.HandleFunc("POST /rename", rename)
			mux.HandleFunc("POST /say", say)
			mux.HandleFunc("POST /order", order)
			mux.HandleFunc("POST /task", task)
			mux.Handle("GET /stream", hub.Stream("headline", "room", "orders", "stock", "tasks", "activity"))
			server := htmxrttest.NewServer(t, hub.Middleware(mux))
			other := server.Open("/stream", htmxrttest.As(htmxrt.Anonymous()))

			answer := server.Post(tt.path, htmxrttest.As(htmxrt.Anonymous()))
			defer answer.Body.Close()
			body, err := io.ReadAll(answer.Body)
			if err != nil {
				t.Fatal(err)
			}
			shown := string(body)
			if answer.StatusCode != tt.status || shown != tt.shown {
				t.Errorf("answer %d %q, want %d %q", answer.StatusCode, shown, tt.status, tt.shown)
			}

			if err := hub.Send(t.Context(), "room", htmxrt.Text("fence"), htmxrt.Everyone()); err != nil {
				t.Fatal(err)
			}
			var sent []string
			for _, event := range other.Until("fence") {
				sent = append(sent, event.Name+" "+event.Data)
			}
			if slices.Sort(sent); !slices.Equal(sent, tt.sent) {
				t.Errorf("sent %q, want %q", sent, tt.sent)
			}
		})
	}
}
