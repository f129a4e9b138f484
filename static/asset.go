package static

import "strings"

// Asset is one embedded script and its origin. Assets are values and are made
// by this package only: [Assets] and [Scripts] hand them out.
type Asset struct {
	Name    string // the file's name here, with version, such as "htmx-2.0.11.min.js"
	Package string // the npm package that it comes from; empty: this library's own
	Version string // that package's version
	Source  string // the file's path inside that package, or in this folder
	SHA256  string // of the content, in lower-case hex
	License string // SPDX identifier; the text is licenses/<Package>.txt, or the library's

	body      string
	integrity string
}

// pathHashLen is how many hex digits of the SHA-256 a path carries: 48 bits tell
// the few releases of one file apart, and keep the name readable.
const pathHashLen = 12

// Path returns the name that [Handler] serves the asset under: Name with the
// first 12 hex digits of SHA256 before its extension. It changes whenever the
// content does, so that an answer may be cached for ever.
func (a Asset) Path() string {
	return strings.TrimSuffix(a.Name, ".js") + "." + a.SHA256[:pathHashLen] + ".js"
}

// Integrity returns the value of a script element's integrity attribute:
// "sha384-" and the base64 of the content's SHA-384 (W3C Subresource Integrity,
// section 3.5). It is computed once, at program start.
func (a Asset) Integrity() string {
	return a.integrity
}
