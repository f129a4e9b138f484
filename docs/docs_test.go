// Package docs_test holds the documents to the code: every Go block is text of
// a file that is compiled and run, links lead somewhere, and names exist.
//
//	go test ./docs -update
//
// rewrites the blocks from their sources.
package docs_test

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the blocks of the documents from their sources")

// root is the folder of the module, as the tests see it.
const root = ".."

// documents returns the paths of the module's own documents, from its root.
func documents(t *testing.T) []string {
	t.Helper()
	list := []string{"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "static/README.md", "brokers/nats/README.md", "brokers/redis/README.md"}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && filepath.Ext(path) == ".md" {
			list = append(list, filepath.ToSlash(filepath.Join("docs", path)))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(list)
	return list
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestBlocksAreTheirSources(t *testing.T) {
	for _, path := range documents(t) {
		text := read(t, path)
		want, problems := fill(os.DirFS(root), text)
		for _, p := range problems {
			t.Errorf("%s: %s", path, p)
		}
		if want == text || len(problems) > 0 {
			continue
		}
		if !*update {
			t.Errorf("%s: a block differs from its source: go test ./docs -update", path)
			continue
		}
		if err := os.WriteFile(filepath.Join(root, filepath.FromSlash(path)), []byte(want), 0o666); err != nil {
			t.Error(err)
		}
	}
}

// link is a link, or a picture in HTML.
var link = regexp.MustCompile(`\]\(([^)\s]+)\)|\bsrc(?:set)?="([^"]+)"`)

func TestLinksLeadSomewhere(t *testing.T) {
	for _, path := range documents(t) {
		text := outsideOfBlocks(read(t, path))
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			target, anchor, _ := strings.Cut(m[1]+m[2], "#")
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			file := filepath.Join(root, filepath.Dir(filepath.FromSlash(path)), filepath.FromSlash(target))
			if target == "" {
				file = filepath.Join(root, filepath.FromSlash(path))
			}
			info, err := os.Stat(file)
			if err != nil {
				t.Errorf("%s: link to %s: %v", path, m[1]+m[2], err)
				continue
			}
			if anchor == "" || info.IsDir() {
				continue
			}
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(anchors(string(b)), anchor) {
				t.Errorf("%s: link to %s: no such heading", path, m[1])
			}
		}
	}
}

var notInAnchors = regexp.MustCompile(`[^\p{L}\p{N} _-]`)

// anchors returns what GitHub makes of a document's headings.
func anchors(text string) []string {
	var list []string
	for line := range strings.Lines(outsideOfBlocks(text)) {
		title, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " ")
		if ok && strings.HasPrefix(line, "#") {
			name := notInAnchors.ReplaceAllString(strings.ToLower(strings.TrimSpace(title)), "")
			list = append(list, strings.ReplaceAll(name, " ", "-"))
		}
	}
	return list
}

// outsideOfBlocks returns text without its fenced blocks.
func outsideOfBlocks(text string) string {
	var b strings.Builder
	inside := false
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "```") {
			inside = !inside
		} else if !inside {
			b.WriteString(line)
		}
	}
	return b.String()
}
