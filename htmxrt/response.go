package htmxrt

import (
	"bytes"
	"fmt"
	"net/http"
)

// response is the writer under a handler. It passes everything through until
// hold is called; what is written from then on waits for release. Like any
// ResponseWriter it is for one goroutine at a time.
type response struct {
	http.ResponseWriter
	exchange *Exchange
	status   int  // 0: none yet
	wrote    bool // something, if only the status, went through
	held     *bytes.Buffer
	limit    int
}

func (r *response) hold() {
	r.held = new(bytes.Buffer)
	r.limit = r.exchange.hub.opts.Limits.Response
}

func (r *response) holding() bool { return r.held != nil }

// succeeded reports a status of 2xx; a handler that wrote nothing answers 200.
func (r *response) succeeded() bool {
	return r.status == 0 || r.status >= 200 && r.status < 300
}

// WriteHeader passes informational statuses through and takes the first other.
func (r *response) WriteHeader(status int) {
	if status < 200 && status != http.StatusSwitchingProtocols {
		r.ResponseWriter.WriteHeader(status)
		return
	}
	if r.status != 0 {
		return
	}
	r.status = status
	if !r.holding() {
		r.wrote = true
		r.ResponseWriter.WriteHeader(status)
	}
}

// Write fails with ErrTooLarge when the held response has no room.
func (r *response) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.WriteHeader(http.StatusOK)
	}
	if !r.holding() {
		return r.ResponseWriter.Write(p)
	}
	if r.held.Len()+len(p) > r.limit {
		err := fmt.Errorf("%w: the response held for a capture or a staged send is over %d bytes, see Limits", ErrTooLarge, r.limit)
		r.exchange.fail(err)
		return 0, err
	}
	return r.held.Write(p)
}

// FlushError flushes what goes through; while the response is held it is
// ErrCapture, and the request fails with it.
func (r *response) FlushError() error {
	if r.holding() {
		err := fmt.Errorf("%w: flush while the response is held", ErrCapture)
		r.exchange.fail(err)
		return err
	}
	if r.status == 0 {
		r.status = http.StatusOK
	}
	r.wrote = true
	r.exchange.mu.Lock()
	r.exchange.flushed = true
	r.exchange.mu.Unlock()
	return http.NewResponseController(r.ResponseWriter).Flush()
}

// Flush is for code that asks for an http.Flusher, as templ does after each
// component that was rendered straight into a response. While the response is
// held it does nothing.
func (r *response) Flush() {
	if !r.holding() {
		r.FlushError() // which Flush cannot tell anybody
	}
}

// Unwrap serves http.ResponseController.
func (r *response) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// release writes what was held; with divert 204 No Content in its place, after
// which htmx does not swap.
func (r *response) release(divert bool) error {
	body := r.held.Bytes()
	if divert {
		r.status, body = http.StatusNoContent, nil
		r.Header().Del("Content-Type")
		r.Header().Del("Content-Length")
	}
	if !r.wrote && r.status != 0 {
		r.wrote = true
		r.ResponseWriter.WriteHeader(r.status)
	}
	if len(body) == 0 {
		return nil
	}
	if _, err := r.ResponseWriter.Write(body); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}
