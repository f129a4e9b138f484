package main

import "fmt"

// line is something that somebody does: writing, unless a field is named.
type line struct {
	who, room, text string
	field           string
}

// scene is what has been said when Ada comes in.
var scene = []line{
	{who: "Chidi", room: "garden", text: "The tomatoes are in."},
	{who: "Grace Hopper", room: "releases", text: "0.1 is tagged."},
	{who: "Grace Hopper", room: "lobby", field: "headline", text: "Release day: freeze at noon, cake at four"},
	{who: "Grace Hopper", room: "lobby", text: "Good morning! The branch is cut, the pipeline is green."},
	{who: "Chidi", room: "lobby", text: "Lovely. I restarted the server twice while you were all typing. Did anybody notice?"},
	{who: "Ada Lovelace", room: "lobby", text: "Not at all. My half-written message was still there."},
	{who: "Yuki", room: "lobby", text: "I was in a tunnel for six minutes.\nEverything I missed came in when the train got out, once each and in order."},
	{who: "Grace Hopper", room: "lobby", text: "That is the idea :)"},
	{who: "Chidi", room: "lobby", text: "Then I'll write the notes now."},
}

// present are those who have the lobby open, too. The last of them types.
var present = []string{"Chidi", "Yuki", "Grace Hopper"}

// live is what happens while Ada's page is open.
var live = []line{
	{who: "Yuki", room: "lobby", text: "@ada-lovelace, would you read them over before they go out?"},
}

// play acts lines out.
func (s *server) play(lines []line) error {
	for _, l := range lines {
		p, err := s.signIn(l.who)
		if err != nil {
			return fmt.Errorf("%s signs in: %w", l.who, err)
		}
		path, field := "/rooms/"+l.room+"/messages", "message"
		if l.field != "" {
			path, field = "/rooms/"+l.room+"/"+l.field, l.field
		}
		if err := p.post(path, field, l.text); err != nil {
			return err
		}
	}
	return nil
}
