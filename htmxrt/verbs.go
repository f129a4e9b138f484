package htmxrt

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"

	"github.com/a-h/templ"
)

// verb is a change of one element of the page. On the wire it is a partial, the
// one form that htmx 2.0.11 and 4 both apply from an unnamed message.
type verb struct {
	target, swap string
	component    templ.Component // nil: nothing to swap in
}

func (v verb) render(ctx context.Context, w io.Writer) error {
	_, err := fmt.Fprintf(w, `<hx-partial hx-target="%s" hx-swap="%s">`, html.EscapeString(v.target), v.swap)
	if err == nil && v.component != nil {
		err = v.component.Render(ctx, w)
	}
	if err == nil {
		_, err = io.WriteString(w, "</hx-partial>")
	}
	return err
}

func change(target, swap string, c templ.Component, what string) SendOption {
	return func(d *draft) {
		switch {
		case target == "":
			d.fail(fmt.Errorf("%w: %s without a target", ErrContent, what))
		case c == nil && swap != "delete":
			d.fail(fmt.Errorf("%w: %s(%q, nil)", ErrContent, what, target))
		}
		d.verbs = append(d.verbs, verb{target: target, swap: swap, component: c})
	}
}

// Append adds c at the end of the target's children. Like that of all verbs,
// target is a CSS selector, such as "#messages". Where no element of a page
// matches it, nothing happens there. Verbs of one send are applied in order.
func Append(target string, c templ.Component) SendOption {
	return change(target, "beforeend", c, "Append")
}

// Prepend adds c before the target's children.
func Prepend(target string, c templ.Component) SendOption {
	return change(target, "afterbegin", c, "Prepend")
}

// Before puts c before the target.
func Before(target string, c templ.Component) SendOption {
	return change(target, "beforebegin", c, "Before")
}

// After puts c after the target.
func After(target string, c templ.Component) SendOption {
	return change(target, "afterend", c, "After")
}

// Replace puts c in the place of the target.
func Replace(target string, c templ.Component) SendOption {
	return change(target, "outerHTML", c, "Replace")
}

// Update puts c in the place of the target's children.
func Update(target string, c templ.Component) SendOption {
	return change(target, "innerHTML", c, "Update")
}

// Remove takes the target off the page.
func Remove(target string) SendOption { return change(target, "delete", nil, "Remove") }

// Trigger makes the pages fire a DOM event with a detail, as JSON. It needs the
// page script. What does not marshal is ErrContent.
func Trigger(event string, detail any) SendOption {
	return func(d *draft) {
		if event == "" || len(event) > topicMax {
			d.fail(fmt.Errorf("%w: Trigger(%q): want 1 to %d bytes", ErrContent, event, topicMax))
			return
		}
		data, err := json.Marshal(map[string]any{"event": event, "detail": detail})
		if err != nil {
			d.fail(fmt.Errorf("%w: Trigger(%q): %w", ErrContent, event, err))
			return
		}
		d.signals = append(d.signals, block{event: eventTrigger, data: data})
	}
}

// Refresh makes the pages fetch themselves anew and keep what the user typed.
// It needs the page script.
func Refresh() SendOption {
	return func(d *draft) {
		d.signals = append(d.signals, block{event: eventRefresh, data: []byte("{}")})
	}
}
