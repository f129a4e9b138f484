// Package htmxrt pushes HTML from Go to the browsers that may see it.
//
// One call renders a fragment once and swaps it into every page that follows
// a topic: live, after a reconnect, after a tab slept, after a deploy.
//
//	htmxrt.Send(ctx, "room:42", htmxrt.Component(components.Message(m)), htmxrt.Everyone())
//
// All messages of a [Hub] are one totally ordered log and every open stream is
// a position in it. Live delivery, slow clients, reconnects, the gap between
// the rendering of a page and its connection, and revocation are the same
// mechanism: read on from a position. A client that cannot read on from where
// it was is told so by one reset event before anything later; it is never left
// with a silent gap.
//
// The package builds on net/http and templ alone. Echo v4 and scs are served by
// the package middleware, pages by the package components.
package htmxrt
