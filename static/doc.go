// Package static embeds the browser scripts that a page of this library loads,
// and serves them under names that change with their content.
//
// htmxrt.js is the library's own. Each other script is the unmodified file of a
// released npm package: README.md in this folder lists origin, version, SHA-256
// and licence; a test keeps that table, [Assets] and the embedded bytes in
// agreement.
package static
