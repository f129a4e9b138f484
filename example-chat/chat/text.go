// Package chat holds what the chat is about, and the database that keeps it.
package chat

import (
	"cmp"
	"fmt"
	"html"
	"regexp"
	"strings"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// Clean returns what is kept of a text that came over the wire: LF ends a line,
// NUL and each byte that is not UTF-8 are U+FFFD.
func Clean(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "\uFFFD").Replace(s)
	return string([]rune(s)) // replaces what is not UTF-8
}

// Line is Clean for one line, without spaces around it or in a row.
func Line(s string) string { return strings.Join(strings.Fields(Clean(s)), " ") }

// Hint tells the user what is wrong with a text; "" is nothing.
func Hint(what, text string, most int) string {
	if strings.TrimSpace(text) == "" || len([]rune(text)) > most {
		return fmt.Sprintf("%s needs some text, at most %d characters.", what, most)
	}
	return ""
}

var gap = regexp.MustCompile(`[^\p{L}\p{M}\p{N}]+`)

// mention is an @ at the beginning of a word, and the id of a user in any spelling.
var mention = regexp.MustCompile(`\B@[\p{L}\p{M}\p{N}]+(?:[-._]+[\p{L}\p{M}\p{N}]+)*`)

// User returns the user with that name. The id is how mentions write it:
// Ada Lovelace is ada-lovelace.
func User(name string) htmxrt.User {
	id := strings.ToLower(name)
	return htmxrt.User{ID: cmp.Or(strings.Trim(gap.ReplaceAllString(id, "-"), "-"), id), Name: name}
}

// Mentions returns the ids of at most 20 users that a text mentions.
func Mentions(text string) []string {
	ids := mention.FindAllString(text, 20)
	for i, at := range ids {
		ids[i] = User(at).ID
	}
	return ids
}

// HTML returns a text escaped and its mentions marked, in which there is nothing
// to escape.
func HTML(text string) string {
	return mention.ReplaceAllString(html.EscapeString(text), "<mark>$0</mark>")
}
