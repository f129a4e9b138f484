package htmxrt

import (
	"bytes"
	"iter"
	"strconv"
	"time"
	"unicode/utf8"
)

// appendEvent appends one event of an event stream (WHATWG HTML, section
// 9.2.6). It is the only code that writes fields to a stream. An empty id or
// event leaves that field out. data may hold any bytes: it becomes one data
// field per line, with NUL and invalid UTF-8 replaced by U+FFFD, so that it can
// start no other field. What cannot be part of an id or a name (CheckTopic, the
// cursor's alphabet) is cut out of them here as well.
func appendEvent(b []byte, id Cursor, event string, data []byte) []byte {
	b = appendField(b, "id: ", string(id))
	b = appendField(b, "event: ", event)
	for line := range lines(cleanData(data)) {
		b = append(b, "data: "...)
		b = append(b, line...)
		b = append(b, '\n')
	}
	return append(b, '\n')
}

// frameSize returns about how many bytes appendEvent appends for a block.
func frameSize(b block) int {
	return len("id: \nevent: \n\n") + cursorText + len(b.event) + len(b.data) +
		len("data: \n")*(1+bytes.Count(b.data, []byte{'\n'}))
}

// appendControl appends an event of the hub's own. It always has data, without
// which EventSource would not dispatch it, and takes retry, how long a browser
// waits before it reconnects, into the same block, outside of which htmx 4
// ignores it.
func appendControl(b []byte, id Cursor, event string, retry time.Duration, data []byte) []byte {
	if retry > 0 {
		b = append(b, "retry: "...)
		b = strconv.AppendInt(b, retry.Milliseconds(), 10)
		b = append(b, '\n')
	}
	return appendEvent(b, id, event, data)
}

func appendField(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	b = append(b, name...)
	for i := range len(value) {
		if c := value[i]; c != '\r' && c != '\n' && c != 0 {
			b = append(b, c)
		}
	}
	return append(b, '\n')
}

// lines yields data split at CRLF, LF and bare CR, the three line endings of an
// event stream (section 9.2.5). There is always one line, if an empty one.
func lines(data []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		endings := "\n"
		if bytes.IndexByte(data, '\r') >= 0 {
			endings = "\r\n"
		}
		for {
			i := bytes.IndexAny(data, endings)
			if i < 0 {
				yield(data)
				return
			}
			if !yield(data[:i]) {
				return
			}
			if data[i] == '\r' && i+1 < len(data) && data[i+1] == '\n' {
				i++
			}
			data = data[i+1:]
		}
	}
}

var replacement = []byte("\uFFFD")

// cleanData returns data as valid UTF-8 without NUL, itself if it is that.
func cleanData(data []byte) []byte {
	if !utf8.Valid(data) {
		data = bytes.ToValidUTF8(data, replacement)
	}
	if bytes.IndexByte(data, 0) >= 0 {
		data = bytes.ReplaceAll(data, []byte{0}, replacement)
	}
	return data
}
