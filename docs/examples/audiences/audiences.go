// Package audiences shows who receives a send. The guide of the same name
// includes its functions.
package audiences

import (
	"context"
	"errors"
	"slices"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// post shows a message to everybody in the room.
func post(ctx context.Context, line templ.Component) error {
	return htmxrt.Send(ctx, "room:42", htmxrt.Component(line), htmxrt.Everyone())
}

// remind shows a note in all tabs of the user whose request this is.
func remind(ctx context.Context, note string) error {
	return htmxrt.Send(ctx, "notifications", htmxrt.Text(note))
}

// mention notifies the users that a message names.
func mention(ctx context.Context, text string, ids ...string) error {
	return htmxrt.Send(ctx, "notifications", htmxrt.Text(text), htmxrt.ToUser(ids...))
}

// join tells the others: the newcomer's page says so already.
func join(ctx context.Context, user htmxrt.User) error {
	return htmxrt.Send(ctx, "room:42", htmxrt.Text(user.Name+" is here"),
		htmxrt.Everyone(), htmxrt.ExceptUser(user.ID))
}

// draw updates all pages but the one that sent the request, which has drawn
// already. The user's other tabs are updated.
func draw(ctx context.Context, stroke string) error {
	return htmxrt.Send(ctx, "board", htmxrt.HTML(stroke), htmxrt.Everyone(), htmxrt.ExceptSender())
}

// toTeam is defined at package level, once: all nodes know it by its name.
var toTeam = htmxrt.DefineFilter("team", func(c *htmxrt.Client, team string) bool {
	return c.User().Attrs["team"] == team
})

// shout reaches the members of a team who are in the room.
func shout(ctx context.Context, text, team string) error {
	return htmxrt.Send(ctx, "room:42", htmxrt.Text(text), toTeam(team))
}

// whisper asks a closure about every follower. It works on one node.
func whisper(ctx context.Context, text string, muted []string) error {
	return htmxrt.Send(ctx, "room:42", htmxrt.Text(text), htmxrt.Filter(func(c *htmxrt.Client) bool {
		return !slices.Contains(muted, c.User().ID)
	}))
}

// nightly is a job: there is no request and no sender, so it names its audience.
func nightly(ctx context.Context, hub *htmxrt.Hub) error {
	return hub.Send(ctx, "notifications", htmxrt.Text("backup done"), htmxrt.ToUser("admin:7"))
}

// mayFollow is an Options.Authorize: rooms are open, an inbox is its owner's.
func mayFollow(_ context.Context, who htmxrt.Identity, topic string) error {
	user, signedIn := who.User()
	switch {
	case topic == "room:42", topic == "board":
		return nil
	case topic == "notifications" && signedIn:
		return nil
	case signedIn && topic == "inbox:"+user.ID:
		return nil
	}
	return errors.New("not for you")
}
