// Package leak finds goroutines that outlive a package's tests.
package leak

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// patience is how long goroutines may take to end that were told to.
const patience = 5 * time.Second

// Main runs the tests of a package, from its TestMain, and exits. If they pass
// but a goroutine is left, it prints where each one is and exits with 1.
func Main(m *testing.M) {
	code := m.Run()
	if code == 0 {
		if left := Wait(patience); len(left) > 0 {
			fmt.Fprintf(os.Stderr, "leak: %d goroutines outlive the tests:\n\n%s\n", len(left), strings.Join(left, "\n\n"))
			code = 1
		}
	}
	os.Exit(code)
}

// Wait returns the stacks of all goroutines but its caller's and those of the
// runtime and of package testing, as soon as there are none or after a time.
func Wait(most time.Duration) (left []string) {
	deadline := time.NewTimer(most)
	defer deadline.Stop()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		if left = others(); len(left) == 0 {
			return nil
		}
		select {
		case <-again.C:
		case <-deadline.C:
			return left
		}
	}
}

// others returns the stacks of the application's goroutines, but not the
// caller's.
func others() (list []string) {
	stacks := strings.Split(strings.TrimSpace(all()), "\n\n")
	for _, s := range stacks[1:] { // the first one is the caller's
		if !standard(s) {
			list = append(list, s)
		}
	}
	return list
}

// all returns the stacks of all goroutines.
func all() string {
	for buf := make([]byte, 64<<10); ; buf = make([]byte, 2*len(buf)) {
		if n := runtime.Stack(buf, true); n < len(buf) {
			return string(buf[:n])
		}
	}
}

// standard reports that package testing or the runtime owns a goroutine, or that
// it is the main one.
func standard(stack string) bool {
	if strings.HasPrefix(stack, "goroutine 1 [") {
		return true
	}
	for _, owner := range []string{"testing.", "os/signal.", "runtime.", "runtime/"} {
		if strings.Contains(stack, "\ncreated by "+owner) {
			return true
		}
	}
	return false
}
