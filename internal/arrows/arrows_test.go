package arrows

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/htmxrt/htmxrt/"

// allowed is what a package's shipped files may import of this repository and
// of others; the standard library is open to all. What is not listed may import
// nothing else.
var allowed = map[string][]string{
	"htmxrt":            {"github.com/a-h/templ"},
	"htmxrt/htmxrttest": {module + "htmxrt"},
	"static":            {},
	"components":        {"github.com/a-h/templ", module + "htmxrt", module + "static"},
	"middleware":        {"github.com/a-h/templ", "github.com/labstack/echo/v4", "github.com/alexedwards/scs/v2", "github.com/angelofallars/htmx-go", module + "htmxrt", module + "components", module + "static"},
	"example-chat":      {module + "htmxrt", module + "middleware", module + "components", module + "static", module + "brokers/nats", module + "brokers/redis", "github.com/labstack/echo/v4", "github.com/alexedwards/scs", "github.com/angelofallars/htmx-go", "github.com/a-h/templ", "modernc.org/sqlite", module + "example-chat"},
	"brokers/nats":      {module + "htmxrt", module + "internal/logid", "github.com/nats-io/nats.go"},
	"brokers/redis":     {module + "htmxrt", module + "internal/logid", "github.com/redis/rueidis"},
	"internal/leak":     {},
	"internal/logid":    {},
	"internal/arrows":   {},
	"docs/quickstart":   {module + "htmxrt", module + "middleware", module + "components", module + "static", "github.com/labstack/echo/v4", "github.com/alexedwards/scs/v2", "github.com/a-h/templ"},
}

// exempt folders are about the repository, not in it: they may import anything.
var exempt = []string{"bench", "e2e", "tools", "docs"}

func TestArrowsPointOneWay(t *testing.T) {
	root := filepath.Join("..", "..")
	seen := make(map[string]bool)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && path != root && (strings.HasPrefix(name, ".") && name != ".." || name == "testdata" || name == "node_modules") {
			return fs.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		rel, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		if checked := checkImports(t, path, filepath.ToSlash(rel)); checked != "" {
			seen[checked] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range allowed {
		if !seen[pkg] {
			t.Errorf("%s is listed, but has no Go files", pkg)
		}
	}
}

// checkImports checks one file and returns the listed folder that it belongs to.
func checkImports(t *testing.T, path, folder string) string {
	t.Helper()
	owner := longest(folder)
	if owner == "" {
		if !slices.ContainsFunc(exempt, func(e string) bool { return within(folder, e) }) {
			t.Errorf("%s: the folder is neither listed nor exempt", path)
		}
		return ""
	}
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, source, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(imported, "/")
		if !strings.Contains(first, ".") { // the standard library
			continue
		}
		if !slices.ContainsFunc(allowed[owner], func(a string) bool { return permits(a, imported) }) {
			t.Errorf("%s imports %s, which %s may not", path, imported, owner)
		}
	}
	return owner
}

// longest returns the listed folder around folder that is nearest to it.
func longest(folder string) (best string) {
	for pkg := range allowed {
		if within(folder, pkg) && len(pkg) > len(best) {
			best = pkg
		}
	}
	return best
}

// permits reports whether an entry of allowed covers an import: packages of
// this repository exactly, but for the example's own, others with what is below.
func permits(entry, imported string) bool {
	if strings.HasPrefix(entry, module) && entry != module+"example-chat" {
		return imported == entry
	}
	return within(imported, entry)
}

func within(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}
