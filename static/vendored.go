package static

import (
	"crypto/sha256"
	"crypto/sha512"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
)

//go:embed files/htmx-2.0.11.min.js
var htmx2Body string

//go:embed files/htmx-ext-sse-2.2.4.min.js
var htmx2SSEBody string

//go:embed files/idiomorph-0.7.4.min.js
var idiomorphBody string

//go:embed files/htmx-4.0.1.min.js
var htmx4Body string

//go:embed files/hx-sse-4.0.1.min.js
var htmx4SSEBody string

//go:embed htmxrt.js
var pageBody string

var (
	htmx2 = vendored(Asset{
		Name:    "htmx-2.0.11.min.js",
		Package: "htmx.org",
		Version: "2.0.11",
		Source:  "dist/htmx.min.js",
		SHA256:  "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717",
		License: "0BSD",
		body:    htmx2Body,
	})
	htmx2SSE = vendored(Asset{
		Name:    "htmx-ext-sse-2.2.4.min.js",
		Package: "htmx-ext-sse",
		Version: "2.2.4",
		Source:  "dist/sse.min.js",
		SHA256:  "98a46496de0c3605fbffdce9167ba427bdd9553184f83f149c261891a92c0136",
		License: "0BSD",
		body:    htmx2SSEBody,
	})
	idiomorph = vendored(Asset{
		Name:    "idiomorph-0.7.4.min.js",
		Package: "idiomorph",
		Version: "0.7.4",
		Source:  "dist/idiomorph.min.js",
		SHA256:  "0eb0f881553bd509fe7a7e3064a1089141e089583c506c1217e885a2e608b4a4",
		License: "0BSD",
		body:    idiomorphBody,
	})
	htmx4 = vendored(Asset{
		Name:    "htmx-4.0.1.min.js",
		Package: "htmx.org",
		Version: "4.0.1",
		Source:  "dist/htmx.min.js",
		SHA256:  "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130",
		License: "0BSD",
		body:    htmx4Body,
	})
	htmx4SSE = vendored(Asset{
		Name:    "hx-sse-4.0.1.min.js",
		Package: "htmx.org",
		Version: "4.0.1",
		Source:  "dist/ext/hx-sse.min.js",
		SHA256:  "18ef2761356ec1fe0bb6d92612315b37517a7c1e9856b661c5ae81fef239d103",
		License: "0BSD",
		body:    htmx4SSEBody,
	})
	page = script(Asset{Name: "htmxrt.js", Source: "htmxrt.js", License: "MIT", body: pageBody})
)

// Assets returns every embedded script, those of all majors, each once. The
// slice is the caller's.
func Assets() []Asset {
	return []Asset{htmx2, htmx2SSE, idiomorph, htmx4, htmx4SSE, page}
}

// vendored returns a with its integrity. SHA256 stays as written in the table
// above: it pins the bytes, and a test holds them to it.
func vendored(a Asset) Asset {
	sum := sha512.Sum384([]byte(a.body))
	a.integrity = "sha384-" + base64.StdEncoding.EncodeToString(sum[:])
	return a
}

// script returns a, of this library, with its hash and integrity.
func script(a Asset) Asset {
	sum := sha256.Sum256([]byte(a.body))
	a.SHA256 = hex.EncodeToString(sum[:])
	return vendored(a)
}
