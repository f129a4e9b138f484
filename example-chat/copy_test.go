package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The chat is there to be copied: taken out of the tree and pointed at the
// library, it builds.
func TestCopyBuilds(t *testing.T) {
	library, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	err = filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			return os.MkdirAll(filepath.Join(folder, path), 0o777)
		case strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "chat.db"):
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(folder, path), data, 0o666)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, module := range []string{"", "/brokers/nats", "/brokers/redis"} {
		goCommand(t, folder, "mod", "edit", "-replace", "github.com/htmxrt/htmxrt"+module+"="+library+module)
	}
	goCommand(t, folder, "build", "-o", filepath.Join(folder, "chat"), ".")
}
