package e2e_test

import (
	"math/rand/v2"
	"strings"
)

// badNames are topics and event names outside the grammar: each would start
// another field, another event, or another name in sse-swap.
var badNames = []string{
	"",
	"a\nb", "a\rb", "a\r\nb", "a\n", "\na", "a\n\ndata: x", "a\r\rdata: x", "a\nid: 1", "a\nretry: 1",
	"a\x00b", "a\tb", "a\vb", "a\fb", "a\x1bb", "a\x7fb",
	"a\u0085b", "\u0085", "a\u009fb", // C1 controls, NEL among them
	" a", "a ", "\u00a0a", "a\u3000", "a\u2028", "\u2029a", // spaces of Unicode at an end
	"a,b", ",",
	"\xff", "a\xc3", "\xed\xa0\x80", "\xf5\x80\x80\x80", // not UTF-8, a surrogate half, beyond Unicode
	"open", "error", "message",
	"htmxrt-close", "htmxrt-", "hx:release", "htmx:load",
	strings.Repeat("a", 129),
	strings.Repeat("я", 64) + "a",
}

// oddNames are topics and event names within the grammar that look as if they
// were not.
var oddNames = []string{
	"room:42", ":", "::", ": comment",
	"data: x", "data:", "id: 7", "event: chat", "retry: 1", "id", "data",
	"a b", "a  b", "a\u2028b", "a\u2029b", "a\u00a0b",
	"\ufeff", "\ufeffdata: x", "комната", "部屋", "👩‍👩‍👧", "é", "e\u0301",
	"Open", "MESSAGE", "htmx", "click", `"><script>`, "'", "&amp;", "%0A", `\n`, "null", "0",
	strings.Repeat("a", 128), strings.Repeat("я", 64),
}

// oddTexts are contents that a careless framer breaks.
var oddTexts = []string{
	"", "\n", "\r", "\r\n", "\n\n", "\r\r", "\r\n\r\n", "\n\r", "\n\r\n",
	"a\nb", "a\rb", "a\r\nb", "a\r\n\nb", "a\n\rb", "\na", "a\n", "a\r", "a\r\n", "a\n\n\nb",
	" ", "  ", " a", "  a", "a ", "\ta", "a\n b", "a\n  b\n",
	":", ": x", ":x\n:y", "a: b",
	"data: x", "data:x", "data", "id: 1", "id:1", "id", "event: x", "event:x", "retry: 1", "retry:1",
	"a\ndata: b", "a\n\ndata: b\n\n", "a\nid: 1\n\nevent: chat\ndata: b\n\n", "a\r\rdata: b\r\r", "a\rid: 9",
	"\x00", "a\x00b", "\x00\n\x00", "id: \x00",
	"\ufeff", "\ufeffa", "a\ufeffb", "\ufeff\n\ufeff", "\ufeffdata: x",
	"a\u2028b", "a\u2029b", "a\u0085b", "a\vb", "a\fb", "a\x1cb\x1db\x1eb", "\u2028\n\u2029",
	"\xff", "a\xffb", "\xc3", "\xc3\n\xa9", "\xed\xa0\x80", "\xf0\x9f\x98", "\xff\xfe\n\xfe\xff", "\xc0\xaf", "\xc0\x8a",
	"é", "e\u0301", "日本", "👩‍👩‍👧", "😀\n😀", "\U0010ffff", "\ufffd", "\ufffe",
	"<script>alert(1)</script>", "</script>", "<!--", "]]>", "&lt;", `"'`,
	`{"a":1}`, "null", "0", "[DONE]",
	strings.Repeat("x", 100_000), strings.Repeat("y\n", 2_000), strings.Repeat("\r", 500),
}

// pieces are what random texts are made of.
var pieces = []string{
	"\n", "\r", "\r\n", "\n\n", "\x00", "\ufeff", "\u2028", "\u2029", "\u0085", "\v", "\f", "\t", " ", ":",
	"data:", "data: ", "id:", "id: 1", "event:", "event: chat", "retry:", "retry: 0", ": beat",
	"\xff", "\xc3", "\xe2\x80", "\xf0\x9f\x98", "\xa8", "a", "<b>", "é", "я", "語", "😀", "\u200d", "\ufffd",
}

// randomText returns up to 24 random pieces in a row.
func randomText(r *rand.Rand) string {
	var b strings.Builder
	for range r.IntN(25) {
		b.WriteString(pieces[r.IntN(len(pieces))])
	}
	return b.String()
}
