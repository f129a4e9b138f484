package htmxrt

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// sink writes to one browser. Only its stream's goroutine calls write; abort
// may be called from elsewhere.
type sink struct {
	w       http.ResponseWriter
	rc      *http.ResponseController
	timeout time.Duration
	// clear removes the deadline after each write. HTTP/2 needs it: there a
	// deadline that passes between writes ends the stream.
	clear bool

	mu    sync.Mutex // guards the field below, and the deadline against abort
	ended bool       // aborted, or the request's handler has returned
}

func newSink(w http.ResponseWriter, r *http.Request, timeout time.Duration) *sink {
	return &sink{w: w, rc: http.NewResponseController(w), timeout: timeout, clear: r.ProtoMajor >= 2}
}

// open writes the response's head. The status is written before the first
// flush, which middleware that adds headers relies on.
func (s *sink) open() {
	h := s.w.Header()
	h.Set("Content-Type", "text/event-stream") // no charset: IIS refuses it
	h.Set("Cache-Control", "no-store, no-transform")
	h.Set("X-Accel-Buffering", "no") // nginx would hold events back to the end
	h.Set("X-Content-Type-Options", "nosniff")
	if !slices.Contains(h.Values("Vary"), "Cookie") {
		h.Add("Vary", "Cookie")
	}
	h.Del("Content-Length")
	s.w.WriteHeader(http.StatusOK)
}

// write writes and flushes p, within the timeout from now.
func (s *sink) write(now time.Time, p []byte) error {
	if err := s.deadline(now.Add(s.timeout)); err != nil {
		return err
	}
	if _, err := s.w.Write(p); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	if err := s.rc.Flush(); err != nil {
		return fmt.Errorf("flush: %w", err)
	}
	if s.clear {
		return s.deadline(time.Time{})
	}
	return nil
}

// deadline sets the write deadline. Writers without deadlines, as in tests
// with a recorder, are let through.
func (s *sink) deadline(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return ErrClosed
	}
	if err := s.rc.SetWriteDeadline(t); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return fmt.Errorf("set write deadline: %w", err)
	}
	return nil
}

// abort ends a write that is under way, and those to come.
func (s *sink) abort() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ended {
		s.ended = true
		s.rc.SetWriteDeadline(time.Now()) // where that is not supported, nothing can be done
	}
}

// release must be called before the request's handler returns.
func (s *sink) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
}

// canFlush reports whether what lies below all wrappers can flush. Asking by
// flushing would send the head too early, and Echo's writer panics.
func canFlush(w http.ResponseWriter) bool {
	for {
		switch t := w.(type) {
		case interface{ Unwrap() http.ResponseWriter }:
			w = t.Unwrap()
		case http.Flusher, interface{ FlushError() error }:
			return true
		default:
			return false
		}
	}
}
