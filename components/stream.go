package components

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// Stream connects the page: it is the element around everything that is live,
// once in a page, in its layout. The page follows topics and those of
// [htmxrt.Follow], also when its children call that, since they are rendered
// before the element is written. Requests from inside carry the page's tab id.
//
// Topics that the viewer may not follow are left out; with none left there is
// no connection and the children stand in a plain element. A second Stream in
// one request is the render error [htmxrt.ErrSecondStream], one outside a
// request [htmxrt.ErrNoHub], a topic outside the grammar [htmxrt.ErrBadTopic].
func Stream(topics ...string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		children := templ.GetChildren(ctx)
		ctx = templ.ClearChildren(ctx)
		var content bytes.Buffer
		if err := children.Render(ctx, &content); err != nil {
			return err
		}
		c, err := htmxrt.Connect(ctx, topics...)
		if err != nil {
			return fmt.Errorf("components: stream: %w", err)
		}
		return stream(connection(c), content.String()).Render(ctx, w)
	})
}

// connection is what the element of a Stream says.
type connection htmxrt.Connection

// headers are those of the page's requests, as htmx reads them: one JSON object.
func (c connection) headers() (string, error) {
	b, err := json.Marshal(map[string]string{htmxrt.TabHeader: c.Tab})
	return string(b), err
}

// topics are those that the page follows, for the script to compare regions with.
func (c connection) topics() (string, error) {
	b, err := json.Marshal(c.Topics)
	return string(b), err
}
