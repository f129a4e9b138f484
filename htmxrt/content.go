package htmxrt

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"

	"github.com/a-h/templ"
)

// fragment is a content for the regions of a topic.
type fragment struct {
	render func(ctx context.Context, w io.Writer) error
}

// contain makes render d's content; there can be one.
func (d *draft) contain(render func(ctx context.Context, w io.Writer) error) {
	if d.fragment != nil {
		d.fail(fmt.Errorf("%w: two contents in one send", ErrContent))
		return
	}
	d.fragment = &fragment{render: render}
}

// Component sends what c renders. It is rendered once, before anybody receives
// it, in a context of its own: not cancelled with the request, and without the
// sender's identity, session, nonce and templ state unless the sender is the
// whole audience. Other values of the context are there. A render that fails,
// panics or grows over the limit is the error of the send.
func Component(c templ.Component) SendOption {
	return func(d *draft) {
		if c == nil {
			d.fail(fmt.Errorf("%w: Component(nil)", ErrContent))
			return
		}
		d.contain(c.Render)
	}
}

// HTML sends trusted HTML as it is. Text of users belongs into Text or a
// component, which escape it.
func HTML(s string) SendOption { return text(s) }

// Text sends s escaped, so that it is shown as it is.
func Text(s string) SendOption { return text(html.EscapeString(s)) }

func text(s string) SendOption {
	return func(d *draft) {
		d.contain(func(_ context.Context, w io.Writer) error {
			_, err := io.WriteString(w, s)
			return err
		})
	}
}

// JSON sends v as JSON in one line, for listeners in the page's own scripts,
// not for a region that swaps HTML. What does not marshal is ErrContent.
func JSON(v any) SendOption {
	return func(d *draft) {
		b, err := json.Marshal(v)
		if err != nil {
			d.fail(fmt.Errorf("%w: JSON: %w", ErrContent, err))
			return
		}
		d.contain(func(_ context.Context, w io.Writer) error {
			_, err := w.Write(b)
			return err
		})
	}
}

// blocks returns d's content as events, in the order of the wire: what changes
// the page, then what the page is told.
func (d *draft) blocks() []block {
	if len(d.verbs) == 0 && len(d.signals) == 0 {
		event := d.event
		if event == "" {
			event = d.topic
		}
		return []block{{event: event, data: d.body}}
	}
	var list []block
	if len(d.verbs) > 0 {
		list = append(list, block{data: d.body})
	}
	return append(list, d.signals...)
}
