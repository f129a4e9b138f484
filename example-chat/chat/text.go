// Package chat holds what the chat is about, and the database that keeps it.
package chat

import (
	"cmp"
	"fmt"
	"html"
	"regexp"
	"strings"
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

// UserID returns the id of the user with that name, as mentions write it:
// Ada Lovelace is ada-lovelace.
func UserID(name string) string {
	name = strings.ToLower(name)
	return cmp.Or(strings.Trim(gap.ReplaceAllString(name, "-"), "-"), name)
}

// Mentions returns the ids of at most 20 users that a text mentions.
func Mentions(text string) []string {
	ids := mention.FindAllString(text, 20)
	for i, at := range ids {
		ids[i] = UserID(at)
	}
	return ids
}

// HTML returns a text escaped and its mentions marked, in which there is nothing
// to escape.
func HTML(text string) string {
	return mention.ReplaceAllString(html.EscapeString(text), "<mark>$0</mark>")
}
