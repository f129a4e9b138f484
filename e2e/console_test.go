package e2e_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
)

// console collects what a page complains about: errors in its console,
// exceptions that nothing caught, and the browser's own errors, such as a
// request that failed or broke the content security policy.
type console struct {
	mu      sync.Mutex // guards the fields below
	lines   []string
	warned  []string // by console.warn
	allowed []string
}

// warnings returns what the page's scripts have warned of so far that contains
// part.
func (c *console) warnings(part string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(c.warned), func(line string) bool { return !strings.Contains(line, part) })
}

// allow makes complaints that contain any of parts none.
func (c *console) allow(parts ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.allowed = append(c.allowed, parts...)
}

// complaints returns what was not allowed.
func (c *console) complaints() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []string
	for _, line := range c.lines {
		if !c.allows(line) {
			list = append(list, line)
		}
	}
	return list
}

// allows must be called with mu held.
func (c *console) allows(line string) bool {
	for _, part := range c.allowed {
		if strings.Contains(line, part) {
			return true
		}
	}
	return false
}

// listen is called by the browser's reader for each event of the tab.
func (c *console) listen(event any) {
	line := ""
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		line = "exception: " + e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			line += " " + e.ExceptionDetails.Exception.Description
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeWarning {
			c.warn(e)
			return
		}
		if e.Type != runtime.ConsoleAPICalledTypeError && e.Type != runtime.ConsoleAPICalledTypeAssert {
			return
		}
		line = "console:"
		for _, arg := range e.Args {
			line += fmt.Sprintf(" %s%s", arg.Value, arg.Description)
		}
	case *cdplog.EventEntryAdded:
		if e.Entry.Level != cdplog.EntryLevelError {
			return
		}
		line = fmt.Sprintf("browser: %s %s", e.Entry.Text, e.Entry.URL)
	default:
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lines = append(c.lines, line)
}

func (c *console) warn(e *runtime.EventConsoleAPICalled) {
	line := ""
	for _, arg := range e.Args {
		line += fmt.Sprintf("%s%s ", arg.Value, arg.Description)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.warned = append(c.warned, line)
}

// sseError is how the sse extension complains of a stream that broke.
const sseError = "[object Event]"
