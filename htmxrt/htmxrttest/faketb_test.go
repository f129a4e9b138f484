package htmxrttest_test

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

// fakeTB is a testing.TB whose failures are looked at.
type fakeTB struct {
	testing.TB // what is not faked; nil in examples

	mu       sync.Mutex // guards the fields below
	failures []string
	cleanups []func()
}

func newFakeTB(t *testing.T) *fakeTB { return &fakeTB{TB: t} }

func (f *fakeTB) Helper() {}

func (f *fakeTB) Logf(string, ...any) {}

func (f *fakeTB) Output() io.Writer { return io.Discard }

func (f *fakeTB) Cleanup(c func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.cleanups = append(f.cleanups, c)
}

func (f *fakeTB) Errorf(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failures = append(f.failures, fmt.Sprintf(format, args...))
}

func (f *fakeTB) Fatalf(format string, args ...any) {
	f.Errorf(format, args...)
	runtime.Goexit()
}

func (f *fakeTB) Fatal(args ...any) { f.Fatalf("%s", fmt.Sprint(args...)) }

// run calls what may be fatal.
func (f *fakeTB) run(fatal func()) {
	ended := make(chan struct{})
	go func() { // ends with fatal, or by Fatalf
		defer close(ended)
		fatal()
	}()
	<-ended
}

// finish ends the faked test.
func (f *fakeTB) finish() {
	for len(f.cleanups) > 0 {
		last := f.cleanups[len(f.cleanups)-1]
		f.cleanups = f.cleanups[:len(f.cleanups)-1]
		last()
	}
}

// wants fails t unless there was one failure for each text, which contains it.
// It forgets them.
func (f *fakeTB) wants(t *testing.T, texts ...string) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if !slices.EqualFunc(f.failures, texts, strings.Contains) {
		t.Errorf("failures %q, want %q", f.failures, texts)
	}
	f.failures = nil
}
