package components

import (
	"context"
	"fmt"
	"io"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// Capture shows its children and sends the same bytes to topic once the
// handler has succeeded, see [htmxrt.Capture]. They are rendered once, in the
// audience's context. Its errors become the render error, and then nothing of
// the page is sent.
func Capture(topic string, opts ...htmxrt.SendOption) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		children := templ.GetChildren(ctx)
		ctx = templ.ClearChildren(ctx)
		if err := htmxrt.Capture(ctx, w, topic, children, opts...); err != nil {
			return fmt.Errorf("components: capture: %w", err)
		}
		return nil
	})
}
