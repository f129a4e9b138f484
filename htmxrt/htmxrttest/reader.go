package htmxrttest

import (
	"bufio"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// reader parses an event stream by the letter of WHATWG HTML, sections 9.2.5
// and 9.2.6. It returns an event as soon as its last byte is there. It is for
// one goroutine.
type reader struct {
	in      *bufio.Reader
	began   bool
	skipLF  bool   // the line before ended with CR: a LF belongs to it
	lastID  string // the last event ID, which persists
	pending Event
	data    strings.Builder
}

func newReader(r io.Reader) *reader { return &reader{in: bufio.NewReader(r)} }

// next returns the next event that has data. What the end of the stream leaves
// unfinished is dropped; the error is the underlying reader's then.
func (r *reader) next() (Event, error) {
	for {
		line, err := r.line()
		if err != nil {
			return Event{}, err
		}
		if line != "" {
			r.field(line)
			continue
		}
		if event, ok := r.dispatch(); ok {
			return event, nil
		}
	}
}

// line returns the next line without its end, which is CRLF, LF or CR. After a
// CR it does not wait for the next byte.
func (r *reader) line() (string, error) {
	var b []byte
	for {
		c, err := r.in.ReadByte()
		if err != nil {
			return "", err
		}
		after := r.skipLF
		r.skipLF = c == '\r'
		if c == '\n' && after {
			continue
		}
		if c == '\n' || c == '\r' {
			break
		}
		b = append(b, c)
	}
	line := strings.ToValidUTF8(string(b), "\uFFFD")
	if !r.began {
		r.began = true
		line = strings.TrimPrefix(line, "\uFEFF")
	}
	return line, nil
}

// field takes in one line that is not empty.
func (r *reader) field(line string) {
	name, value, _ := strings.Cut(line, ":")
	value = strings.TrimPrefix(value, " ")
	switch name { // "" is a comment
	case "event":
		r.pending.Name = value
	case "data":
		r.data.WriteString(value)
		r.data.WriteByte('\n')
	case "id":
		if !strings.Contains(value, "\x00") {
			r.lastID, r.pending.HasID = value, true
		}
	case "retry":
		if ms, ok := digits(value); ok {
			r.pending.Retry = time.Duration(min(ms, math.MaxInt64/int64(time.Millisecond))) * time.Millisecond
		}
	}
}

// dispatch ends a block and returns its event, if it had data.
func (r *reader) dispatch() (Event, bool) {
	event, data := r.pending, r.data.String()
	r.pending = Event{}
	r.data.Reset()
	if data == "" {
		return Event{}, false
	}
	event.ID, event.Data = r.lastID, strings.TrimSuffix(data, "\n")
	if event.Name == "" {
		event.Name = "message"
	}
	return event, true
}

// digits reads a number of nothing but ASCII digits.
func digits(s string) (int64, bool) {
	if strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}
