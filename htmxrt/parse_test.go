package htmxrt

import (
	"iter"
	"math/rand/v2"
	"strings"
	"testing"
)

// parsedEvent is an event as a browser dispatches it.
type parsedEvent struct{ id, name, data string }

// parseEvents reads an event stream by the letter of WHATWG HTML, section
// 9.2.6, written for these tests from the standard's text alone.
func parseEvents(tb testing.TB, stream []byte) []parsedEvent {
	tb.Helper()
	text := strings.TrimPrefix(string(stream), "\ufeff")
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	var (
		events []parsedEvent
		e      parsedEvent
		data   strings.Builder
	)
	for line := range strings.SplitSeq(text, "\n") {
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case line == "":
			if data.Len() > 0 {
				e.data = strings.TrimSuffix(data.String(), "\n")
				events = append(events, e)
			}
			e.name = ""
			data.Reset()
		case field == "event":
			e.name = value
		case field == "data":
			data.WriteString(value + "\n")
		case field == "id" && !strings.Contains(value, "\x00"):
			e.id = value
		}
	}
	return events
}

// randomTexts yields n texts of what matters to an event stream, the same ones
// in every run.
func randomTexts(n int) iter.Seq[string] {
	pieces := []string{
		"\r", "\n", "\r\n", "\x00", "\ufeff", "\u2028", "\u2029", "\u0085", "\xff", "\xed\xa0\x80",
		":", " ", "data: ", "event: ", "id: ", "retry: ", "a", "<b>", "é", "🚀",
	}
	random := rand.New(rand.NewPCG(1, 2))
	return func(yield func(string) bool) {
		for range n {
			var b strings.Builder
			for range random.IntN(12) {
				b.WriteString(pieces[random.IntN(len(pieces))])
			}
			if !yield(b.String()) {
				return
			}
		}
	}
}
