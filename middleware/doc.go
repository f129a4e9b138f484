// Package middleware serves a [htmxrt.Hub] with Echo v4, keeps who is who with
// scs sessions and renders templ components.
//
// [Register] wires everything with one call and is in the place of scs's own
// LoadAndSave. An app that wants parts of it uses, from the outside inwards,
// [Realtime], [Sessions] and [Identify], and mounts the hub itself; then only
// [Logout] and [Login] end streams at once, not calls of scs.
//
// Middleware of Echo that gathers or limits responses (gzip, timeout, body dump,
// rate limits) takes [SkipStream] as its Skipper. It may stand before or after
// Register, with two exceptions. Recover belongs before, and so does whatever
// else answers errors itself when the app has an echo.Context of its own. And
// CSRF belongs before, so that its token is known as a secret, see
// htmxrt.WithSecrets.
package middleware
