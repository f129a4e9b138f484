package e2e_test

import (
	"context"
	"io"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/components"
	"github.com/htmxrt/htmxrt/static"
)

// document is a page for a major of htmx that asks for nothing but its scripts.
func document(v static.Htmx, body templ.Component) templ.Component {
	return documentWith(components.Scripts(v), body)
}

// documentWith is a page with scripts in its head.
func documentWith(scripts, body templ.Component) templ.Component {
	return parts(
		templ.Raw(`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>e2e</title>`),
		templ.Raw(`<link rel="icon" href="data:,">`), // none to ask for
		scripts,
		templ.Raw(`</head><body>`),
		body,
		templ.Raw(`</body></html>`),
	)
}

// stream is components.Stream with children.
func stream(topics []string, children ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return components.Stream(topics...).Render(templ.WithChildren(ctx, parts(children...)), w)
	})
}

// parts are components in a row.
func parts(list ...templ.Component) templ.Component { return templ.Join(list...) }
