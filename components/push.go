package components

import (
	"context"
	"fmt"
	"io"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// Push sends c to topic once the handler has succeeded, see [htmxrt.Stage], and
// shows nothing. Its errors become the render error, and then nothing of the
// page is sent.
func Push(topic string, c templ.Component, opts ...htmxrt.SendOption) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, _ io.Writer) error {
		opts := append(opts[:len(opts):len(opts)], htmxrt.Component(c))
		if err := htmxrt.Stage(ctx, topic, opts...); err != nil {
			return fmt.Errorf("components: push: %w", err)
		}
		return nil
	})
}
