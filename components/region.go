package components

import (
	"cmp"
	"context"
	"fmt"
	"io"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// swapDefault is htmx's own.
const swapDefault = "innerHTML"

// Region is an element that shows what is sent to topic, or under that name
// with [htmxrt.Event]; its children are what it shows until then. swap says
// where it goes: "beforeend" for a list that grows, "" for "innerHTML", or any
// other value of hx-swap. The page has to follow the topic: Region does not say
// so, see [Stream]. A topic outside the grammar is the render error
// [htmxrt.ErrBadTopic].
//
// Elements inside a region inherit neither its hx-target and hx-swap nor those
// of the elements around it.
func Region(topic, swap string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if err := htmxrt.CheckTopic(topic); err != nil {
			return fmt.Errorf("components: region: %w", err)
		}
		return region(topic, swap).Render(ctx, w)
	})
}

// RegionAttributes make another element than Region's div a region, such as a
// list or a table's body:
//
//	<ul { components.RegionAttributes("room:42", "beforeend")... }></ul>
//
// It panics when topic is outside the grammar, since attributes cannot be a
// render error; check topics that users choose with [htmxrt.CheckTopic].
func RegionAttributes(topic, swap string) templ.Attributer {
	if err := htmxrt.CheckTopic(topic); err != nil {
		panic(fmt.Errorf("components: region: %w", err))
	}
	return regionAttributes(topic, swap)
}

// regionAttributes name the region itself as the target: htmx 2 would take an
// hx-target of an element around it, and hands the region's own on to those
// inside unless told not to.
func regionAttributes(topic, swap string) templ.OrderedAttributes {
	return templ.OrderedAttributes{
		{Key: "data-sse-swap", Value: topic},
		{Key: "hx-swap", Value: cmp.Or(swap, swapDefault)},
		{Key: "hx-target", Value: "this"},
		{Key: "hx-disinherit", Value: "hx-swap hx-target"},
		{Key: "aria-live", Value: "polite"},
	}
}
