// Package presence shows who is here and who types. The guide of the same name
// includes its functions.
package presence

import (
	"context"
	"net/http"
	"strings"

	"github.com/htmxrt/htmxrt/components"
	"github.com/htmxrt/htmxrt/htmxrt"
)

// lounge is a chat that knows who is there.
type lounge struct {
	seen func(ctx context.Context, user, room string)
}

// options are those of its hub.
func (l *lounge) options() htmxrt.Options {
	return htmxrt.Options{
		Presence:     func(topic string) bool { return strings.HasPrefix(topic, "room:") },
		PresenceView: components.PresenceItems,
		OnPresence:   l.changed,
	}
}

// changed notes when somebody was seen last. All nodes are told; one is to note it.
func (l *lounge) changed(ctx context.Context, e htmxrt.PresenceEvent) {
	if e.Local && e.Kind == htmxrt.PresenceLeave && e.User.ID != "" {
		l.seen(ctx, e.User.ID, e.Topic)
	}
}

// nudge writes to those who are in the room, and to nobody else's other pages.
func nudge(ctx context.Context, hub *htmxrt.Hub, text string) error {
	var ids []string
	for _, p := range hub.Present("room:42") {
		if !p.Away {
			ids = append(ids, p.User.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	return hub.Send(ctx, "notifications", htmxrt.Text(text), htmxrt.ToUser(ids...))
}

// typing is what the page asks for while keys are pressed.
func typing(w http.ResponseWriter, r *http.Request) {
	if err := components.ShowTyping(r.Context(), "room:42"); err != nil {
		http.Error(w, "not now", http.StatusForbidden)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// post sends what was typed: nobody types it any more.
func post(ctx context.Context, hub *htmxrt.Hub, text string) error {
	if err := hub.Send(ctx, "room:42", htmxrt.Text(text), htmxrt.Everyone()); err != nil {
		return err
	}
	return hub.StopTyping(ctx, "room:42")
}
