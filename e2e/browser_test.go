package e2e_test

import (
	"context"
	"fmt"
	"os/exec"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// chromium is the one browser of the test binary. It starts with the first test
// that needs it, and TestMain ends it.
var chromium browser

// browser is a headless Chromium. It is safe for concurrent use.
type browser struct {
	once    sync.Once
	ctx     context.Context // of the browser, parent of all tabs
	release func()          // ends the process; nil: none was started
	err     error
}

// start returns the context of the running browser. A machine without Chromium
// fails the test: what is not run proves nothing.
func (b *browser) start(t *testing.T) context.Context {
	t.Helper()
	b.once.Do(func() { b.err = b.launch() })
	if b.err != nil {
		t.Fatalf("Chromium: %v", b.err)
	}
	return b.ctx
}

// unneeded are features of Chromium that load pages of its own beside each
// window, and a renderer ahead of each tab: half of all the time that it took
// (70 s of processor for TestChatExample, 30 s without them, Chromium 156).
const unneeded = "Translate,WebUIOmniboxPopup,WebUIOmniboxAimPopup,SpareRendererForSitePerProcess"

// launch starts the process. As root it needs no-sandbox, which chromedp adds.
// Without the flags about the network it asks Google's servers for updates.
func (b *browser) launch() error {
	path, err := exec.LookPath("chromium")
	if err != nil {
		return fmt.Errorf("%w: make setup installs it", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.DisableGPU,
		chromedp.WindowSize(1000, 800),
		chromedp.Flag("disable-features", unneeded),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
	)
	allocator, release := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	b.ctx, b.release = ctx, func() { cancel(); release() }
	return chromedp.Do(ctx)
}

// close ends the process, when no test runs any more.
func (b *browser) close() {
	if b.release != nil {
		b.release()
	}
}

// user is one person: a browser context with its own cookies and cache.
type user struct {
	ctx   context.Context // of the person's first tab, parent of the others
	t     *testing.T
	first *tab // the first tab, not yet handed out
}

// newUser returns a user whose tabs are closed when the test ends.
func newUser(t *testing.T) *user {
	t.Helper()
	u := &user{t: t}
	u.first = newTab(t, chromium.start(t), chromedp.WithNewBrowserContext())
	u.ctx = u.first.ctx
	return u
}

// open opens url in a tab of its own and returns when it has loaded.
func (u *user) open(url string) *tab {
	u.t.Helper()
	p := u.blank()
	p.navigate(url)
	return p
}

// blank returns an empty tab.
func (u *user) blank() *tab {
	u.t.Helper()
	p := u.first
	if u.first = nil; p == nil {
		p = newTab(u.t, u.ctx)
	}
	return p
}
