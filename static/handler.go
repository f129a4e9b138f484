package static

import (
	"net/http"
	"strings"
	"time"
)

// Path is where an app mounts [Handler] by default. A script's URL is Path and
// its [Asset.Path].
const Path = "/_rt/static/"

// immutable lets browsers and proxies keep an answer for a year, the longest
// age that caches must understand (RFC 9111, section 1.2.2), and tells them not
// to ask again (RFC 8246).
const immutable = "public, max-age=31536000, immutable"

// Handler serves the embedded scripts. It looks at the last element of the URL's
// path only, so that it works under any prefix, and answers GET and HEAD of an
// [Asset.Path] with the script and immutable caching, ranges and ETags included.
// Other methods are 405 with Allow; other names are 404, the Name without hash
// and the paths of earlier releases among them: they must not be cached for
// long, since the next node of a rolling deploy may know them. It is safe for
// concurrent use.
func Handler() http.Handler {
	byPath := make(map[string]Asset)
	for _, a := range Assets() {
		byPath[a.Path()] = a
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("X-Content-Type-Options", "nosniff")
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			header.Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		a, ok := byPath[r.URL.Path[strings.LastIndexByte(r.URL.Path, '/')+1:]]
		if !ok {
			header.Set("Cache-Control", "no-store")
			http.Error(w, "no such script", http.StatusNotFound)
			return
		}
		header.Set("Cache-Control", immutable)
		header.Set("Content-Type", "text/javascript; charset=utf-8")
		header.Set("ETag", `"`+a.SHA256+`"`)
		http.ServeContent(w, r, a.Name, time.Time{}, strings.NewReader(a.body))
	})
}
