package htmxrttest

import (
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// parse returns all events of a stream.
func parse(t *testing.T, stream io.Reader) (list []Event) {
	t.Helper()
	in := newReader(stream)
	for {
		event, err := in.next()
		if err == io.EOF {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, event)
	}
}

func TestReaderObeysTheStandard(t *testing.T) {
	message := func(data string) Event { return Event{Name: "message", Data: data} }
	tests := []struct {
		name, in string
		want     []Event
	}{
		{name: "nothing", in: ""},
		{name: "LF", in: "data: a\ndata: b\n\n", want: []Event{message("a\nb")}},
		{name: "CR", in: "data: a\rdata: b\r\rdata: c\r\r", want: []Event{message("a\nb"), message("c")}},
		{name: "CRLF", in: "data: a\r\ndata: b\r\n\r\n", want: []Event{message("a\nb")}},
		{name: "all three", in: "data: a\r\ndata: b\rdata: c\n\r\n", want: []Event{message("a\nb\nc")}},
		{name: "LF CR is two ends", in: "data: a\n\rdata: b\n\n", want: []Event{message("a"), message("b")}},
		{name: "one BOM at the beginning", in: "\uFEFFdata: a\n\n", want: []Event{message("a")}},
		{name: "a second BOM is part of the name", in: "\uFEFF\uFEFFdata: a\n\n"},
		{name: "a BOM later", in: "\n\uFEFFdata: a\n\n"},
		{name: "BOM alone on its line", in: "\uFEFF\ndata: a\n\n", want: []Event{message("a")}},
		{name: "comments", in: ": data: a\n:\ndata: b\n: c\n\n", want: []Event{message("b")}},
		{name: "one space is cut", in: "data:  a \ndata:b\n\n", want: []Event{message(" a \nb")}},
		{name: "tab is not", in: "data:\ta\n\n", want: []Event{message("\ta")}},
		{name: "colons in values", in: "data: a: b:\n\n", want: []Event{message("a: b:")}},
		{name: "unknown fields", in: "DATA: a\ndatas: b\n data: c\n\n"},
		{name: "field without colon", in: "data\n\n", want: []Event{message("")}},
		{name: "two empty lines of data", in: "data\ndata\n\n", want: []Event{message("\n")}},
		{name: "empty data with a name", in: "event: beat\ndata: \n\n", want: []Event{{Name: "beat"}}},
		{name: "no data, no event", in: "event: a\nid: 1\n\ndata: b\n\n", want: []Event{{Name: "message", ID: "1", Data: "b"}}},
		{name: "the last name counts", in: "event: a\nevent: b\ndata: c\n\n", want: []Event{{Name: "b", Data: "c"}}},
		{name: "an empty name is message", in: "event: a\nevent:\ndata: c\n\n", want: []Event{message("c")}},
		{name: "IDs persist", in: "id: 1\ndata: a\n\ndata: b\n\nid\ndata: c\n\n", want: []Event{
			{Name: "message", ID: "1", HasID: true, Data: "a"},
			{Name: "message", ID: "1", Data: "b"},
			{Name: "message", HasID: true, Data: "c"},
		}},
		{name: "an ID with NUL is ignored", in: "id: 1\nid: 2\x00\ndata: a\n\n", want: []Event{
			{Name: "message", ID: "1", HasID: true, Data: "a"},
		}},
		{name: "retry", in: "retry: 1500\ndata: a\n\ndata: b\n\n", want: []Event{
			{Name: "message", Data: "a", Retry: 1500 * time.Millisecond}, message("b"),
		}},
		{name: "retry of other than digits", in: "retry: +1\nretry: 1.5\nretry: -1\nretry: \nretry: 1 \ndata: a\n\n", want: []Event{message("a")}},
		{name: "retry of centuries", in: "retry: 9000000000000000000\ndata: a\n\n", want: []Event{
			{Name: "message", Data: "a", Retry: 9223372036854 * time.Millisecond}, // the longest time.Duration
		}},
		{name: "unfinished at the end", in: "data: a\n\ndata: b\n", want: []Event{message("a")}},
		{name: "unfinished line at the end", in: "data: a\n\ndata: b", want: []Event{message("a")}},
		{name: "NUL in data", in: "data: a\x00b\n\n", want: []Event{message("a\x00b")}},
		{name: "other ends of line", in: "data: a\u2028b\u0085c\vd\fe\n\n", want: []Event{message("a\u2028b\u0085c\vd\fe")}},
		{name: "invalid UTF-8", in: "data: a\xffb\n\n", want: []Event{message("a\uFFFDb")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := parse(t, strings.NewReader(tt.in)); !slices.Equal(got, tt.want) {
				t.Errorf("parsed %q\n got %+v\nwant %+v", tt.in, got, tt.want)
			}
			if got := parse(t, iotest.OneByteReader(strings.NewReader(tt.in))); !slices.Equal(got, tt.want) {
				t.Errorf("parsed %q byte by byte\n got %+v\nwant %+v", tt.in, got, tt.want)
			}
		})
	}
}

// An event that ends with CR is there before the byte that follows it.
func TestReaderDoesNotWaitBehindCR(t *testing.T) {
	r, w := io.Pipe()
	go w.Write([]byte("data: a\r\r")) // ends when it was read
	event, err := newReader(r).next()
	if err != nil || event.Data != "a" {
		t.Errorf("next() = %+v, %v; want a", event, err)
	}
}
