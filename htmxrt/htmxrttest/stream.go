package htmxrttest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// Stream is an event stream as a page reads it. It reads all the time, so a test
// may let a stream wait; see Server.Stall for one that is not read. Next and its
// kin are for one goroutine at a time, other methods for any. The test's end
// closes the stream.
type Stream struct {
	// Status and Header are those of the answer.
	Status int
	Header http.Header

	tb      testing.TB
	server  *Server
	request *request
	path    string
	cancel  context.CancelCauseFunc
	body    io.ReadCloser // nil: refused
	in      *reader
	opening Event         // htmxrt-open, if the stream began with it
	pumped  chan struct{} // closed when nothing is read any more; nil: see Server.Stall

	mu     sync.Mutex // guards the fields below
	events []Event    // read, but not asked for
	ended  error      // why there will be no more
	wake   chan struct{}
	lastID string
}

var errSilence = errors.New("nothing came in time")

// Open requests path and returns the stream when its first event is there. What
// a stream begins with, htmxrt-open, is in Opening then. An answer that is not a
// stream has a Status or Header that says so, and no events.
func (s *Server) Open(path string, opts ...OpenOption) *Stream {
	s.tb.Helper()
	stream := s.connect(path, opts)
	stream.pump()
	return stream
}

// connect opens a stream, up to its first event.
func (s *Server) connect(path string, opts []OpenOption) *Stream {
	s.tb.Helper()
	r := newRequest(opts)
	ctx, cancel := context.WithCancelCause(r.ctx)
	st := &Stream{tb: s.tb, server: s, request: r, path: path, cancel: cancel, wake: make(chan struct{}, 1)}
	s.tb.Cleanup(func() { cancel(nil) })
	timer := time.AfterFunc(guard(), func() { cancel(errSilence) })
	defer timer.Stop()

	res, err := s.do(ctx, r, path)
	if err != nil {
		s.tb.Fatalf("htmxrttest: open %s: %v", path, cause(ctx, err))
	}
	st.Status, st.Header = res.StatusCode, res.Header
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" {
		text, _ := io.ReadAll(io.LimitReader(res.Body, 1<<10)) // as much as there is, for messages
		res.Body.Close()
		st.ended = fmt.Errorf("no stream but %s %q", res.Status, text)
		return st
	}
	st.body, st.in = res.Body, newReader(res.Body)
	s.tb.Cleanup(st.Close)
	first, err := st.in.next()
	switch {
	case errors.Is(cause(ctx, err), errSilence):
		s.tb.Fatalf("htmxrttest: open %s: no event within %v", path, guard())
	case err != nil:
		st.ended = err
		return st
	}
	st.events, st.lastID = []Event{first}, first.ID
	if first.Name == eventOpen {
		st.opening = first
	}
	return st
}

// cause returns why ctx ended, err if it has not.
func cause(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if c := context.Cause(ctx); c != nil {
		return c
	}
	return err
}

// pump begins to read what the server writes, as fast as it comes.
func (s *Stream) pump() {
	s.pumped = make(chan struct{})
	if s.body == nil || s.ended != nil {
		close(s.pumped)
		return
	}
	go func() { // ends with the body, which Close ends; Close waits for pumped
		defer close(s.pumped)
		for {
			event, err := s.in.next()
			s.mu.Lock()
			if err != nil {
				s.ended = err
			} else {
				s.events = append(s.events, event)
			}
			s.mu.Unlock()
			select {
			case s.wake <- struct{}{}:
			default:
			}
			if err != nil {
				return
			}
		}
	}()
}

// Close leaves the stream, as a browser does whose page is closed, and returns
// when its handler has. It may be called again.
func (s *Stream) Close() {
	s.tb.Helper()
	s.cancel(nil)
	if s.body == nil {
		return
	}
	s.body.Close()
	if s.pumped != nil {
		<-s.pumped
	}
	s.server.awaitEnd(s.request, s.path)
}

// Next returns the next event that concerns the page: none of htmxrt-open and
// htmxrt-beat. It waits for it; the end of the stream ends the test.
func (s *Stream) Next() Event {
	s.tb.Helper()
	event, ok := s.TryNext()
	if !ok {
		s.fatalEnd()
	}
	return event
}

// TryNext is Next that returns false at the end of the stream.
func (s *Stream) TryNext() (Event, bool) {
	s.tb.Helper()
	timer := time.NewTimer(guard())
	defer timer.Stop()
	for {
		event, ok := s.take(timer)
		if !ok || !event.quiet() {
			return event, ok
		}
	}
}

// NextRaw returns the next event, whatever it is; the first is Opening.
func (s *Stream) NextRaw() Event {
	s.tb.Helper()
	timer := time.NewTimer(guard())
	defer timer.Stop()
	event, ok := s.take(timer)
	if !ok {
		s.fatalEnd()
	}
	return event
}

// NextIs returns the next event and fails the test unless its data is data. With
// a message that was sent last, a fence, it proves that nothing else came.
func (s *Stream) NextIs(data string) Event {
	s.tb.Helper()
	event := s.Next()
	if event.Data != data {
		s.tb.Errorf("stream %s: received %q %q, want the data %q", s.path, event.Name, event.Data, data)
	}
	return event
}

// Until takes the events up to the one with a data, the fence, and returns those
// before it.
func (s *Stream) Until(data string) []Event {
	s.tb.Helper()
	var list []Event
	for {
		event := s.Next()
		if event.Data == data {
			return list
		}
		list = append(list, event)
	}
}

// Opening returns htmxrt-open, the zero Event if the stream did not begin with it.
func (s *Stream) Opening() Event { return s.opening }

// Tab returns the tab id that the stream was given, as a page sends it in
// htmxrt.TabHeader.
func (s *Stream) Tab() string {
	s.tb.Helper()
	var told struct{ Tab string }
	if err := json.Unmarshal([]byte(s.opening.Data), &told); err != nil {
		s.tb.Fatalf("stream %s: %s: %v", s.path, eventOpen, err)
	}
	return told.Tab
}

// LastID returns the cursor of the last event that was taken, at first that of
// Opening. With it a browser would return.
func (s *Stream) LastID() htmxrt.Cursor {
	s.mu.Lock()
	defer s.mu.Unlock()
	return htmxrt.Cursor(s.lastID)
}

// take waits for the next event, until timer fires, and returns false when there
// will be none.
func (s *Stream) take(timer *time.Timer) (Event, bool) {
	s.tb.Helper()
	for {
		s.mu.Lock()
		if len(s.events) > 0 {
			event := s.events[0]
			s.events = s.events[1:]
			s.lastID = event.ID
			s.mu.Unlock()
			return event, true
		}
		ended := s.ended != nil
		s.mu.Unlock()
		if ended {
			return Event{}, false
		}
		select {
		case <-s.wake:
		case <-timer.C:
			s.tb.Fatalf("stream %s: no event within %v", s.path, guard())
			return Event{}, false
		}
	}
}

// reason returns why there will be no more events.
func (s *Stream) reason() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
}

func (s *Stream) fatalEnd() {
	s.tb.Helper()
	s.tb.Fatalf("stream %s: %v, want an event", s.path, s.reason())
}
