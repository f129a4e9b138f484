package e2e_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/chromedp/chromedp"
)

// artifacts is the folder for what failing tests leave behind.
const artifacts = "artifacts"

// save writes a picture and the HTML of the page into artifacts, under the
// test's name. It reports what it cannot do and goes on.
func (p *tab) save() {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	name := strings.NewReplacer("/", "-", " ", "_").Replace(p.t.Name())
	base := filepath.Join(artifacts, name)
	for n := 2; exists(base + ".html"); n++ {
		base = filepath.Join(artifacts, name+"-"+strconv.Itoa(n))
	}
	html, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.documentElement.outerHTML"))
	if err == nil {
		err = write(base+".html", []byte(html))
	}
	if err != nil {
		p.t.Logf("save the page: %v", err)
	}
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = write(base+".png", picture)
	}
	if err != nil {
		p.t.Logf("save the picture: %v", err)
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func write(path string, content []byte) error {
	if err := os.MkdirAll(artifacts, 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}
