// Package e2e tests htmxrt from outside: real servers on loopback, real
// browsers, real proxies, and event stream parsers that others wrote. Apart
// from the command screenshots it has tests only. They need what `make setup`
// installs, and fail without it.
//
// One Chromium serves the whole test binary, see browser; each user has a
// browser context of their own. A test that fails leaves a picture and the HTML
// of its pages in artifacts/.
package e2e
