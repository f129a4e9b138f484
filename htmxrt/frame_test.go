package htmxrt

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestFrameBytes(t *testing.T) {
	tests := []struct {
		scenario string
		data     string
		want     string // the data lines
	}{
		{scenario: "single_line", data: "<p>hi</p>", want: "data: <p>hi</p>\n"},
		{scenario: "multi_line_html", data: "<ul>\n<li>1\n</ul>", want: "data: <ul>\ndata: <li>1\ndata: </ul>\n"},
		{scenario: "blank_lines_inside_html", data: "\n<pre>a\n\nb</pre>\n", want: "data: \ndata: <pre>a\ndata: \ndata: b</pre>\ndata: \n"},
		{scenario: "crlf_and_lone_cr_normalised", data: "a\r\nb\rc\r\rd", want: "data: a\ndata: b\ndata: c\ndata: \ndata: d\n"},
		{scenario: "crlf_and_lone_cr_normalised", data: "a\n\rb\r", want: "data: a\ndata: \ndata: b\ndata: \n"},
		{scenario: "data_that_looks_like_fields", data: "data: x\nevent: y\nid: 1\nretry: 9\n: c", want: "data: data: x\ndata: event: y\ndata: id: 1\ndata: retry: 9\ndata: : c\n"},
		{scenario: "leading_space_preserved", data: "  a", want: "data:   a\n"},
		{scenario: "empty_message_delivers_empty_event", data: "", want: "data: \n"},
		{scenario: "u2028_u2029_nel_vt_ff_pass_through", data: "a\u2028b\u2029c\u0085d\ve\ff", want: "data: a\u2028b\u2029c\u0085d\ve\ff\n"},
		{scenario: "nul_bom_invalid_utf8", data: "a\x00b\ufeffc\xffd", want: "data: a\ufffdb\ufeffc\ufffdd\n"},
		{scenario: "json_content_roundtrip", data: `{"a":"\n\"\u003c/script\u003e"}`, want: "data: {\"a\":\"\\n\\\"\\u003c/script\\u003e\"}\n"},
	}
	for _, tt := range tests {
		t.Run(tt.scenario, func(t *testing.T) {
			want := "id: 7\nevent: room:42\n" + tt.want + "\n"
			if got := string(appendEvent(nil, "7", "room:42", []byte(tt.data))); got != want {
				t.Errorf("appendEvent(%q) =\n%q, want\n%q", tt.data, got, want)
			}
		})
	}
}

func TestFrameOfAnUnnamedMessageHasNoEventField(t *testing.T) {
	if got, want := string(appendEvent(nil, "", "", []byte("x"))), "data: x\n\n"; got != want {
		t.Errorf("appendEvent = %q, want %q", got, want)
	}
}

func TestControlHasRetryAndDataInOneBlock(t *testing.T) {
	got := string(appendControl(nil, "", eventBye, 1500*time.Millisecond, []byte("{}")))
	if want := "retry: 1500\nevent: htmxrt-bye\ndata: {}\n\n"; got != want {
		t.Errorf("appendControl = %q, want %q", got, want)
	}
}

// The encoder does not rely on its callers' checks: what no id and no name may
// hold cannot start a field from there either.
func TestNoInjection(t *testing.T) {
	for _, ending := range []string{"\n", "\r", "\r\n", "\n\n", "\r\r"} {
		evil := "x" + ending + "event: evil" + ending + "data: evil" + ending + ending
		for name, frame := range map[string][]byte{
			"id":       appendEvent(nil, Cursor(evil), "room", []byte("d")),
			"event":    appendEvent(nil, "1", evil, []byte("d")),
			"fragment": appendEvent(nil, "1", "room", []byte(evil)),
		} {
			events := parseEvents(t, frame)
			if len(events) != 1 || events[0].name == "evil" || events[0].data == "evil" {
				t.Errorf("%s with %q starts another event: %+v", name, ending, events)
			}
		}
	}
}

func FuzzFrame(f *testing.F) {
	for _, s := range []string{"", "a\nb", "a\r\nb\rc", ": c\n\ndata: x", "\x00\ufeff\xff", "\u2028", "id: 1\r\revent: x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, html string) {
		fuzzFrame(t, html)
	})
}

// fuzzFrame checks that html comes out of the wire as one event with equal text.
func fuzzFrame(t *testing.T, html string) {
	t.Helper()
	frame := appendEvent(nil, "1", "room", []byte(html))
	if !utf8.Valid(frame) || bytes.ContainsAny(frame, "\r\x00") {
		t.Fatalf("not a clean frame: %q", frame)
	}
	want := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(cleanData([]byte(html))))
	events := parseEvents(t, frame)
	if len(events) != 1 || events[0] != (parsedEvent{id: "1", name: "room", data: want}) {
		t.Fatalf("%q became %+v, want one event with %q", html, events, want)
	}
}

func TestFrameRoundTripsRandomText(t *testing.T) {
	t.Run("fuzz_encode_parse_roundtrip", func(t *testing.T) {
		for html := range randomTexts(20_000) {
			fuzzFrame(t, html)
		}
	})
}

func BenchmarkAppendEvent(b *testing.B) {
	data := []byte(strings.Repeat("<p>ninety-nine bytes of html</p>\n", 9))
	buf := make([]byte, 0, 1024)
	b.ReportAllocs()
	for b.Loop() {
		buf = appendEvent(buf[:0], "0123456789012345678901234567890123456789012345678901234567890123", "room:42", data)
	}
}
