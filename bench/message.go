package main

import "strings"

// marker is in every message once and nowhere else in a stream.
var marker = []byte("~")

// html is what is sent: 300 bytes in 3 lines, a chat message's size.
var html = func() string {
	const open, text, end = "<article class=\"message\" id=\"m-1234567\">\n", "  <p>~", "</p>\n</article>"
	return open + text + strings.Repeat("x", 300-len(open+text+end)) + end
}()

// event is the name of every event, and topic what all clients follow.
const event, topic = "room", "room"
