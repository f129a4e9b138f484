package static_test

import (
	"bytes"
	"compress/gzip"
	"os"
	"strings"
	"testing"
)

// The page script stays small enough to be read, and to be sent with every page.
func TestPageScriptStaysSmall(t *testing.T) {
	script, err := os.ReadFile("htmxrt.js")
	if err != nil {
		t.Fatal(err)
	}
	if got := bytes.Count(script, []byte("\n")); got > 350 {
		t.Errorf("htmxrt.js has %d lines, want at most 350", got)
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write(script)
	w.Close()
	if got := packed.Len(); got > 5<<10 {
		t.Errorf("htmxrt.js has %d bytes when compressed, want at most 5 KB", got)
	}
}

// A page may forbid eval and inline styles: these words would need either.
func TestPageScriptNeedsNoUnsafePolicy(t *testing.T) {
	script, err := os.ReadFile("htmxrt.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"eval(", "new Function", ".style.", "'style'", "document.write", "innerHTML = `<"} {
		if strings.Contains(string(script), word) {
			t.Errorf("htmxrt.js contains %q", word)
		}
	}
}
