package components

import (
	"context"
	"fmt"
	"io"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// Presence is a list of who follows topic, and stays it: the hub sends the list
// anew when it changes. Give the hub the topics and the view:
//
//	htmxrt.Options{
//		Presence:     func(topic string) bool { return strings.HasPrefix(topic, "room:") },
//		PresenceView: components.PresenceItems,
//	}
//
// Another view renders the items of the list in another way; this component
// uses that of the hub. The page has to follow the topic, see [Stream].
//
// Outside a request the render error is [htmxrt.ErrNoHub], and
// [htmxrt.ErrBadTopic] for a topic outside the grammar.
func Presence(topic string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if err := htmxrt.CheckTopic(topic); err != nil {
			return fmt.Errorf("components: presence: %w", err)
		}
		hub, err := htmxrt.HubFrom(ctx)
		if err != nil {
			return fmt.Errorf("components: presence: %w", err)
		}
		items := hub.PresenceView(topic)
		if items == nil {
			items = PresenceItems(topic, hub.Attendance(topic))
		}
		return presence(topic, items).Render(ctx, w)
	})
}

// PresenceItems are the items of a Presence list: a user each, and at the end
// how many others are here. It is for Options.PresenceView. data-rt-tabs tells
// how many tabs a user has here, data-rt-away that none of them is connected.
func PresenceItems(_ string, here htmxrt.Attendance) templ.Component {
	return presenceItems(here)
}

// label is what a user is called: by the name, or the id of one without.
func label(u htmxrt.User) string {
	if u.Name != "" {
		return u.Name
	}
	return u.ID
}

// others says how many are here beside those who are listed.
func others(here htmxrt.Attendance) string {
	if len(here.Users) == 0 {
		return fmt.Sprintf("%d here", here.Guests)
	}
	return fmt.Sprintf("and %d more", here.Guests)
}

// presenceAttributes make the list a region of the topic's presence.
func presenceAttributes(topic string) templ.Attributer {
	return regionAttributes(htmxrt.PresenceEventName(topic), "innerHTML")
}
