package components

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// Typing is where the page shows who types in topic, as handlers tell with
// ShowTyping. The page has to follow the topic, see [Stream]. A topic outside
// the grammar is the render error [htmxrt.ErrBadTopic].
func Typing(topic string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if err := htmxrt.CheckTopic(topic); err != nil {
			return fmt.Errorf("components: typing: %w", err)
		}
		return typing(typingID(topic)).Render(ctx, w)
	})
}

// ShowTyping shows in the others' Typing of topic that the user of this request
// types, until 5 s after the last call or htmxrt.StopTyping: for a handler that
// the page calls while keys are pressed, such as by
// hx-trigger="input throttle:2s". See [htmxrt.Hub.Typing] for its errors.
// Outside a request it is [htmxrt.ErrNoHub].
func ShowTyping(ctx context.Context, topic string) error {
	hub, err := htmxrt.HubFrom(ctx)
	if err != nil {
		return err
	}
	return hub.Typing(ctx, topic, "#"+typingID(topic), typist)
}

// typingID is the id of a topic's Typing. It is the same on all nodes.
func typingID(topic string) string {
	sum := sha256.Sum256([]byte(topic))
	return "rt-typing-" + hex.EncodeToString(sum[:8])
}

// types says who types.
func types(u htmxrt.User) string {
	if name := label(u); name != "" {
		return name + " is typing…"
	}
	return "Somebody is typing…"
}
