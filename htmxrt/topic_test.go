package htmxrt

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestTopicGrammar(t *testing.T) {
	long := strings.Repeat("x", topicMax)
	tests := []struct {
		scenario string // of the acceptance list
		in       string
		bad      bool
	}{
		{scenario: "topic_dynamic_product_id", in: "product-42"},
		{in: "room:42"},
		{in: "two words"},
		{in: "Fähre/№5?&#%"},
		{scenario: "topic_unicode_roundtrip", in: "комната-🚀"},
		{in: long},
		{in: "messages"}, // only the bare name is reserved
		{in: "Open"},     // exact bytes
		{scenario: "topic_empty_and_too_long", in: "", bad: true},
		{scenario: "topic_empty_and_too_long", in: long + "x", bad: true},
		{scenario: "topic_newline_cr_nul_rejected", in: "a\nb", bad: true},
		{scenario: "topic_newline_cr_nul_rejected", in: "a\rb", bad: true},
		{scenario: "topic_newline_cr_nul_rejected", in: "a\x00b", bad: true},
		{in: "a\x7fb", bad: true},
		{in: "a\u0085b", bad: true}, // NEL is a control character
		{in: "a\xffb", bad: true},
		{scenario: "topic_comma_rejected", in: "a,b", bad: true},
		{scenario: "topic_spaces_rejected_in_send", in: " a", bad: true},
		{scenario: "topic_spaces_rejected_in_send", in: "a ", bad: true},
		{in: "a\u00a0", bad: true},
		{scenario: "topic_reserved_open_error_internal", in: "open", bad: true},
		{scenario: "topic_reserved_open_error_internal", in: "error", bad: true},
		{scenario: "topic_reserved_open_error_internal", in: "htmxrt-open", bad: true},
		{in: "message", bad: true}, // htmx 4 would not swap it
		{in: "hx:release", bad: true},
		{in: "htmx:load", bad: true},
	}
	for _, tt := range tests {
		t.Run(tt.scenario+"/"+tt.in, func(t *testing.T) {
			err := CheckTopic(tt.in)
			if tt.bad != (err != nil) || err != nil && !errors.Is(err, ErrBadTopic) {
				t.Errorf("CheckTopic(%q) = %v, want bad = %v", tt.in, err, tt.bad)
			}
		})
	}
}

func TestTopicListIsSortedAndDistinct(t *testing.T) {
	in := []string{"b", "a", "b"}
	got, err := checkTopics(in)
	if want := []string{"a", "b"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("checkTopics(%q) = %q, %v; want %q", in, got, err, want)
	}
	if !slices.Equal(in, []string{"b", "a", "b"}) {
		t.Errorf("the argument was changed to %q", in)
	}
}

func FuzzTopic(f *testing.F) {
	for _, s := range []string{"room:42", "a,b", " a", "a\r\nb", "open", "\ufeff", "комната"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if CheckTopic(s) != nil {
			return
		}
		if s == "" || len(s) > topicMax || !utf8.ValidString(s) || strings.TrimSpace(s) != s ||
			strings.ContainsRune(s, ',') || strings.ContainsFunc(s, unicode.IsControl) {
			t.Errorf("CheckTopic lets %q pass", s)
		}
		events := parseEvents(t, appendEvent(nil, "", s, nil))
		if len(events) != 1 || events[0].name != s {
			t.Errorf("as an event name %q becomes %+v", s, events)
		}
	})
}
