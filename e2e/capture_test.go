package e2e_test

import (
	"io"
	"net/http"
	"slices"
	"testing"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// The seed's render capture, seen by the page that posts and by another.
func TestCapture(t *testing.T) {
	t.Parallel()
	t.Run("capture_default_response_204_no_swap", func(t *testing.T) {
		// DESIGN.md made what the seed did by default an option.
		ann, bob := capturedPost(t, htmxrt.Divert())
		ann.awaitText("#result", "nothing yet")
		wantAnswer(t, ann, http.StatusNoContent)
		bob.wantText("#result", "nothing yet")
	})
	t.Run("capture_also_respond_html", func(t *testing.T) {
		ann, bob := capturedPost(t)
		ann.awaitText("#result > p", "hello\nworld")
		wantAnswer(t, ann, http.StatusOK)
		bob.wantText("#result", "nothing yet")
	})
}

// capturedPost lets the first of two pages post a form whose answer is captured, and
// returns when it has its answer and both have the message.
func capturedPost(t *testing.T, options ...htmxrt.SendOption) (poster, other *tab) {
	t.Helper()
	s := newSite(t, htmxrt.Options{})
	s.stream("/api/sse", "chat")
	s.page("/", `<div hx-ext="sse" sse-connect="/api/sse"><div id="chat" sse-swap="chat"></div></div>
		<form hx-post="/say" hx-target="#result"><input name="message"></form><div id="result">nothing yet</div>`)
	s.action("/say", func(w http.ResponseWriter, r *http.Request) error {
		if err := htmxrt.Send(r.Context(), "chat", append(options, htmxrt.Everyone())...); err != nil {
			return err
		}
		_, err := io.WriteString(w, "<p>"+r.FormValue("message")+"\nworld</p>")
		return err
	})
	u := newUser(t)
	poster, other = u.open(s.url), u.open(s.url)
	poster.awaitOpen(1)
	other.awaitOpen(1)
	poster.enter("input", "hello")
	for _, p := range []*tab{poster, other} {
		p.awaitText("#chat > p", "hello\nworld")
	}
	poster.await("e2e.answers.length > 0")
	return poster, other
}

// wantAnswer wants the page to have made one request, answered with status.
func wantAnswer(t *testing.T, p *tab, status int) {
	t.Helper()
	if got := eval[[]int](p, "e2e.answers"); !slices.Equal(got, []int{status}) {
		t.Errorf("the page was answered %d, want %d", got, status)
	}
}
