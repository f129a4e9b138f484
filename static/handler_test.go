package static_test

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/htmxrt/htmxrt/static"
)

// request sends one request to a new Handler and returns what it answered.
// Pairs of header name and value may follow.
func request(tb testing.TB, method, path string, header ...string) *httptest.ResponseRecorder {
	tb.Helper()
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	static.Handler().ServeHTTP(w, r)
	return w
}

// wantHeader fails the test for each pair of header name and value that differs.
func wantHeader(tb testing.TB, w *httptest.ResponseRecorder, header ...string) {
	tb.Helper()
	for i := 0; i < len(header); i += 2 {
		if got, want := w.Header().Get(header[i]), header[i+1]; got != want {
			tb.Errorf("%s = %q, want %q", header[i], got, want)
		}
	}
}

func TestHandlerServesEveryAsset(t *testing.T) {
	for _, a := range static.Assets() {
		t.Run(a.Name, func(t *testing.T) {
			w := request(t, http.MethodGet, static.Path+a.Path())
			if w.Code != http.StatusOK {
				t.Fatalf("status %d, want 200", w.Code)
			}
			sum := sha256.Sum256(w.Body.Bytes())
			if got := hex.EncodeToString(sum[:]); got != a.SHA256 {
				t.Errorf("SHA-256 = %s, want %s", got, a.SHA256)
			}
			sri := sha512.Sum384(w.Body.Bytes())
			if got, want := a.Integrity(), "sha384-"+base64.StdEncoding.EncodeToString(sri[:]); got != want {
				t.Errorf("Integrity() = %s, want %s", got, want)
			}
			wantHeader(t, w,
				"Cache-Control", "public, max-age=31536000, immutable",
				"Content-Type", "text/javascript; charset=utf-8",
				"X-Content-Type-Options", "nosniff",
				"ETag", `"`+a.SHA256+`"`,
				"Content-Length", strconv.Itoa(w.Body.Len()))
		})
	}
}

func TestHandlerAnswersHeadWithoutBody(t *testing.T) {
	a := static.Assets()[0]
	w := request(t, http.MethodHead, static.Path+a.Path())
	if w.Code != http.StatusOK || w.Body.Len() != 0 {
		t.Errorf("HEAD = %d with %d bytes, want 200 with 0", w.Code, w.Body.Len())
	}
	wantHeader(t, w, "ETag", `"`+a.SHA256+`"`)
}

func TestHandlerRevalidates(t *testing.T) {
	a := static.Assets()[0]
	w := request(t, http.MethodGet, static.Path+a.Path(), "If-None-Match", `"`+a.SHA256+`"`)
	if w.Code != http.StatusNotModified {
		t.Errorf("status %d, want 304", w.Code)
	}
}

func TestHandlerWorksUnderAnyPrefix(t *testing.T) {
	w := request(t, http.MethodGet, "/app/js/"+static.Assets()[0].Path())
	if w.Code != http.StatusOK {
		t.Errorf("status %d, want 200", w.Code)
	}
}

func TestHandlerRefusesOtherNames(t *testing.T) {
	a := static.Assets()[0]
	names := map[string]string{
		"the folder":           "",
		"unknown":              "jquery.js",
		"without hash":         a.Name,
		"hash of old content":  "htmx-2.0.11.min.0123456789ab.js",
		"below a script":       a.Path() + "/",
		"file beside":          "README.md",
		"climbing":             "../asset.go",
		"climbing, as escapes": "%2e%2e%2fasset.go",
	}
	for what, name := range names {
		t.Run(what, func(t *testing.T) {
			w := request(t, http.MethodGet, static.Path+name)
			if w.Code != http.StatusNotFound {
				t.Errorf("GET %q = %d, want 404", name, w.Code)
			}
			wantHeader(t, w, "Cache-Control", "no-store", "X-Content-Type-Options", "nosniff")
		})
	}
}

func TestHandlerRefusesOtherMethods(t *testing.T) {
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		t.Run(method, func(t *testing.T) {
			w := request(t, method, static.Path+static.Assets()[0].Path())
			if w.Code != http.StatusMethodNotAllowed {
				t.Errorf("status %d, want 405", w.Code)
			}
			wantHeader(t, w, "Allow", "GET, HEAD", "Cache-Control", "")
		})
	}
}
