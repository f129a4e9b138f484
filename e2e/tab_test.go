package e2e_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// recorder runs in each document before its own scripts and notes what
// happened to its streams.
const recorder = `
window.e2e = {opened: [], closed: [], messages: [], states: [], answers: [], violations: [],
  setTimeout: setTimeout.bind(window), setInterval: setInterval.bind(window)}
addEventListener('htmx:sseOpen', e => e2e.opened.push(e.detail.source))
addEventListener('htmx:sseClose', e => e2e.closed.push(e.detail.type))
addEventListener('htmx:sseMessage', e => e2e.messages.push(e.detail.type))
addEventListener('securitypolicyviolation', e => e2e.violations.push(e.violatedDirective))
addEventListener('htmx:afterRequest', e => e2e.answers.push(e.detail.xhr.status))
addEventListener('htmx:after:request', e => e2e.answers.push(e.detail.ctx.response.status))
addEventListener('htmxrt:state', e => e2e.states.push(e.detail.state))
`

// tab is one tab of a user. Its methods fail the test.
type tab struct {
	t       *testing.T
	ctx     context.Context
	console *console
}

// newTab opens an empty tab in the browser of parent. When the test ends, it
// must not have complained, and it is closed.
func newTab(t *testing.T, parent context.Context, options ...chromedp.ContextOption) *tab {
	t.Helper()
	p := &tab{t: t, console: &console{}}
	ctx, cancel := chromedp.NewContext(parent, append(options, chromedp.WithListener(p.console.listen))...)
	p.ctx = ctx
	t.Cleanup(cancel)
	p.before(recorder)
	t.Cleanup(func() {
		for _, complaint := range p.console.complaints() {
			t.Errorf("the page complained: %s", complaint)
		}
		if t.Failed() {
			p.save()
		}
	})
	return p
}

// do runs steps, for as long as patience lasts.
func (p *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatal(err)
	}
}

// navigate goes to url and returns when the page has loaded.
func (p *tab) navigate(url string) {
	p.t.Helper()
	p.do(chromedp.Navigate(url))
}

// click clicks the element at selector as a mouse does.
func (p *tab) click(selector string) {
	p.t.Helper()
	p.do(chromedp.Click(chromedp.CSS(selector)))
}

// enter types text into the field at selector and presses Enter.
func (p *tab) enter(selector, text string) {
	p.t.Helper()
	p.typeIn(selector, text+"\r")
}

// typeIn types text into the field at selector, which gets the focus.
func (p *tab) typeIn(selector, text string) {
	p.t.Helper()
	p.do(chromedp.SendKeys(chromedp.CSS(selector), text))
}

// awaiting is a script that resolves when expression %s holds, which it looks at
// whenever the document changes and 50 times a second, and rejects after %d ms.
// It makes no function from text, so that a page's policy may forbid that.
const awaiting = `new Promise((resolve, reject) => {
  const {setTimeout, setInterval} = e2e // a page may have others, see hurry
  const holds = () => (%s)
  const end = f => { observer.disconnect(); clearInterval(interval); clearTimeout(timeout); f() }
  const look = () => { try { if (holds()) end(resolve) } catch (error) { end(() => reject(error)) } }
  const observer = new MutationObserver(look)
  const interval = setInterval(look, 20)
  const timeout = setTimeout(() => end(() => reject(new Error('not in time'))), %d)
  observer.observe(document, {subtree: true, childList: true, attributes: true, characterData: true})
  look()
})`

// await waits until a JavaScript expression holds, also across a navigation.
func (p *tab) await(expression string) {
	p.t.Helper()
	if err := p.awaitFor(expression, patience); err != nil {
		p.t.Fatalf("%s does not come to hold: %v\nthe page shows: %s", expression, err, p.text("body"))
	}
}

// awaitFor is await with a limit, and with an error in the place of a failure.
func (p *tab) awaitFor(expression string, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(p.ctx, limit)
	defer cancel()
	script := fmt.Sprintf(awaiting, expression, limit.Milliseconds()-500)
	for {
		err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](script, chromedp.EvalAwaitPromise))
		var thrown *chromedp.ExceptionError
		if err == nil || errors.As(err, &thrown) || ctx.Err() != nil {
			return err
		}
		// The document went away under the script: ask the next one.
	}
}

// before runs script in each document to come, before its own scripts.
func (p *tab) before(script string) {
	p.t.Helper()
	if _, err := chromedp.Call(p.ctx, page.AddScriptToEvaluateOnNewDocument,
		page.AddScriptToEvaluateOnNewDocumentParams{Source: script}); err != nil {
		p.t.Fatalf("add a script: %v", err)
	}
}

// eval returns the value of a JavaScript expression, waiting if it is a promise.
func eval[T any](p *tab, expression string) T {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// text returns the text of the element at selector.
func (p *tab) text(selector string) string {
	p.t.Helper()
	return eval[string](p, fmt.Sprintf("document.querySelector(%s)?.textContent ?? 'no element'", quote(selector)))
}

// awaitText waits until the element at selector has exactly the text want.
func (p *tab) awaitText(selector, want string) {
	p.t.Helper()
	p.await(fmt.Sprintf("document.querySelector(%s)?.textContent === %s", quote(selector), quote(want)))
}

// awaitOpen waits until the page has opened its nth stream, as the sse
// extension tells; then the server follows the topics.
func (p *tab) awaitOpen(n int) {
	p.t.Helper()
	p.await(fmt.Sprintf("e2e.opened.length >= %d", n))
}

// wantText wants the element at selector to have exactly the text want now.
func (p *tab) wantText(selector, want string) {
	p.t.Helper()
	if got := p.text(selector); got != want {
		p.t.Errorf("the text of %s = %q, want %q", selector, got, want)
	}
}

// quote returns s as a JavaScript string.
func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string marshals
	}
	return string(b)
}
