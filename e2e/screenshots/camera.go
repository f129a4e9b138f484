package main

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// camera is a page of the chat in a headless Chromium.
type camera struct {
	ctx    context.Context
	folder string // for the pictures
}

// newCamera starts Chromium; stop ends it.
func newCamera(ctx context.Context, folder string) (c *camera, stop func(), err error) {
	path, err := exec.LookPath("chromium")
	if err != nil {
		return nil, nil, fmt.Errorf("%w: make setup installs it", err)
	}
	allocator, release := chromedp.NewExecAllocator(ctx,
		append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.DisableGPU)...)
	tab, cancel := chromedp.NewContext(allocator)
	return &camera{ctx: tab, folder: folder}, func() { cancel(); release() }, nil
}

// await waits until an expression holds. It needs no eval, which the page's
// policy forbids.
func (c *camera) await(expression string) error {
	script := fmt.Sprintf(`new Promise(resolve => {
		const look = () => (%s) ? resolve() : requestAnimationFrame(look)
		look()
	})`, expression)
	if err := chromedp.Do(c.ctx, chromedp.Evaluate[chromedp.Void](script, chromedp.EvalAwaitPromise)); err != nil {
		return fmt.Errorf("await %s: %w", expression, err)
	}
	return nil
}

// screen is what the page is looked at on.
type screen struct {
	name          string
	width, height int64
	scale         float64
}

var screens = []screen{
	{name: "desktop", width: 1440, height: 900, scale: 1},
	{name: "phone", width: 375, height: 812, scale: 2},
}

// shoot takes pictures of the page on screens, light and dark, and writes them
// as name-screen-scheme.png.
func (c *camera) shoot(name string, screens ...screen) error {
	for _, s := range screens {
		for _, scheme := range []string{"light", "dark"} {
			features := []*emulation.MediaFeature{
				{Name: "prefers-color-scheme", Value: scheme},
				{Name: "prefers-reduced-motion", Value: "reduce"}, // nothing is half way
			}
			if _, err := chromedp.Call(c.ctx, emulation.SetEmulatedMedia,
				emulation.SetEmulatedMediaParams{Features: features}); err != nil {
				return err
			}
			err := chromedp.Do(c.ctx, chromedp.EmulateViewport(s.width, s.height, chromedp.EmulateScale(s.scale)))
			if err == nil {
				err = c.await(fmt.Sprintf("innerWidth === %d && document.getAnimations().length === 0", s.width))
			}
			if err != nil {
				return err
			}
			picture, err := chromedp.Run(c.ctx, chromedp.CaptureScreenshot())
			if err != nil {
				return err
			}
			if err := write(filepath.Join(c.folder, fmt.Sprintf("%s-%s-%s.png", name, s.name, scheme)), picture); err != nil {
				return err
			}
		}
	}
	return nil
}
