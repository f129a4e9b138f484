package e2e_test

import (
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"
)

// visit is one request that a server was asked.
type visit struct {
	path   string
	lastID string // Last-Event-ID
	query  url.Values
	cookie bool // it brought one
	at     time.Time
	status int       // 0: not answered yet
	ended  time.Time // when the handler returned; zero: not yet
}

// after is the cursor in a stream's URL.
func (v visit) after() string { return v.query.Get("after") }

// visits is a server's log of requests. It is safe for concurrent use.
type visits struct {
	mu      sync.Mutex // guards the fields below
	list    []*visit
	changed chan struct{} // closed and made anew at each change
}

func newVisits() *visits { return &visits{changed: make(chan struct{})} }

// record returns a handler that notes what next is asked.
func (v *visits) record(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		one := &visit{
			path:   r.URL.Path,
			lastID: r.Header.Get("Last-Event-ID"), query: r.URL.Query(), cookie: r.Header.Get("Cookie") != "",
			at: time.Now(),
		}
		v.change(func() { v.list = append(v.list, one) })
		defer v.change(func() { one.ended = time.Now() })
		next.ServeHTTP(&answer{ResponseWriter: w, note: func(status int) {
			v.change(func() { one.status = status })
		}}, r)
	})
}

func (v *visits) change(f func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	f()
	close(v.changed)
	v.changed = make(chan struct{})
}

// of returns copies of the visits of path, in the order of their coming, and a
// channel that is closed at the next change.
func (v *visits) of(path string) ([]visit, <-chan struct{}) {
	v.mu.Lock()
	defer v.mu.Unlock()
	var list []visit
	for _, one := range v.list {
		if one.path == path {
			list = append(list, *one)
		}
	}
	return list, v.changed
}

// count returns how often path was asked.
func (v *visits) count(path string) int {
	list, _ := v.of(path)
	return len(list)
}

// await waits until the visits of path are as holds wants and returns them.
func (v *visits) await(t *testing.T, path, what string, holds func([]visit) bool) []visit {
	t.Helper()
	return v.awaitFor(t, patience, path, what, holds)
}

// awaitFor is await with another patience.
func (v *visits) awaitFor(t *testing.T, limit time.Duration, path, what string, holds func([]visit) bool) []visit {
	t.Helper()
	deadline := time.After(limit)
	for {
		list, changed := v.of(path)
		if holds(list) {
			return list
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatalf("%s: not within %v; the visits of %s are %+v", what, limit, path, list)
		}
	}
}

// allEnded reports that there are n visits and each has ended.
func allEnded(n int) func([]visit) bool {
	return func(list []visit) bool {
		return len(list) == n && !slices.ContainsFunc(list, func(one visit) bool { return one.ended.IsZero() })
	}
}

// answer notes the status of a response.
type answer struct {
	http.ResponseWriter
	note  func(status int)
	noted bool
}

func (a *answer) WriteHeader(status int) {
	if !a.noted {
		a.noted = true
		a.note(status)
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	if !a.noted {
		a.WriteHeader(http.StatusOK)
	}
	return a.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController flush what is below.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
