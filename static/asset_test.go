package static_test

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/htmxrt/htmxrt/static"
)

// vendored returns the assets that come from npm.
func vendored() []static.Asset {
	return slices.DeleteFunc(static.Assets(), func(a static.Asset) bool { return a.Package == "" })
}

func TestReadmeListsEveryAsset(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	assets := vendored()
	for _, a := range assets {
		row := fmt.Sprintf("| `files/%s` | `%s` | `%s` | `%s` | `%s` | [%s](licenses/%s.txt) |",
			a.Name, a.Package, a.Version, a.Source, a.SHA256, a.License, a.Package)
		if !strings.Contains(string(readme), row+"\n") {
			t.Errorf("README.md lacks the row\n%s", row)
		}
	}
	if got, want := strings.Count(string(readme), "\n| `files/"), len(assets); got != want {
		t.Errorf("README.md has %d rows, want %d", got, want)
	}
}

func TestEveryFileIsAnAsset(t *testing.T) {
	files, err := os.ReadDir("files")
	if err != nil {
		t.Fatal(err)
	}
	known := make(map[string]bool)
	for _, a := range static.Assets() {
		known[a.Name] = true
	}
	for _, f := range files {
		if !known[f.Name()] {
			t.Errorf("files/%s is not in Assets()", f.Name())
		}
	}
}

func TestEveryAssetHasItsLicenceText(t *testing.T) {
	for _, a := range vendored() {
		text, err := os.ReadFile("licenses/" + a.Package + ".txt")
		if err != nil {
			t.Error(err)
			continue
		}
		if !strings.Contains(string(text), "Permission to use, copy, modify, and/or distribute") {
			t.Errorf("licenses/%s.txt does not read like %s", a.Package, a.License)
		}
	}
}

func TestPathCarriesTheHash(t *testing.T) {
	want := regexp.MustCompile(`^[a-z0-9.-]+\.([0-9a-f]{12})\.js$`)
	for _, a := range static.Assets() {
		m := want.FindStringSubmatch(a.Path())
		if m == nil || !strings.HasPrefix(a.SHA256, m[1]) {
			t.Errorf("%s: Path() = %q, want the first 12 digits of %s in it", a.Name, a.Path(), a.SHA256)
		}
	}
}

func TestScripts(t *testing.T) {
	tests := []struct {
		in   static.Htmx
		want []string
		err  error
	}{
		{in: static.Htmx2, want: []string{"htmx-2.0.11.min.js", "htmxrt.js", "htmx-ext-sse-2.2.4.min.js", "idiomorph-0.7.4.min.js"}},
		{in: static.Htmx4, want: []string{"htmx-4.0.1.min.js", "hx-sse-4.0.1.min.js", "htmxrt.js"}},
		{in: 3, err: static.ErrNotBundled},
		{in: -1, err: static.ErrNotBundled},
	}
	for _, tt := range tests {
		t.Run(tt.in.String(), func(t *testing.T) {
			scripts, err := static.Scripts(tt.in)
			var got []string
			for _, a := range scripts {
				got = append(got, a.Name)
			}
			if fmt.Sprint(got) != fmt.Sprint(tt.want) || !errors.Is(err, tt.err) {
				t.Errorf("Scripts(%v) = %v, %v; want %v, %v", tt.in, got, err, tt.want, tt.err)
			}
		})
	}
}

func TestZeroHtmxIsTwo(t *testing.T) {
	var v static.Htmx
	if v != static.Htmx2 {
		t.Errorf("zero value is %v, want %v", v, static.Htmx2)
	}
}
