package htmxrt

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// topicMax is the longest topic or event name, in bytes: 64 of them fit a URL
// below the 16 KiB that servers take for a request's headers.
const topicMax = 128

// reservedNames are event names with a meaning of their own: open and error are
// EventSource's (WHATWG HTML, section 9.2), message is the unnamed event.
var reservedNames = []string{"open", "error", "message"}

// reservedPrefixes belong to this package and to htmx.
var reservedPrefixes = []string{"htmxrt-", "hx:", "htmx:"}

// CheckTopic reports why s cannot be a topic or an event name, as ErrBadTopic,
// or nil. The grammar is that of [Hub.Send]; nothing is ever repaired.
func CheckTopic(s string) error {
	switch {
	case s == "":
		return fmt.Errorf("%w: empty", ErrBadTopic)
	case len(s) > topicMax:
		return fmt.Errorf("%w: %d bytes, want at most %d", ErrBadTopic, len(s), topicMax)
	case !utf8.ValidString(s):
		return fmt.Errorf("%w: %q is not UTF-8", ErrBadTopic, s)
	case strings.ContainsFunc(s, unicode.IsControl):
		return fmt.Errorf("%w: %q has a control character", ErrBadTopic, s)
	case strings.Contains(s, ","):
		return fmt.Errorf("%w: %q has a comma, which sse-swap reads as two names", ErrBadTopic, s)
	case strings.TrimSpace(s) != s:
		return fmt.Errorf("%w: %q begins or ends with a space", ErrBadTopic, s)
	case slices.Contains(reservedNames, s):
		return fmt.Errorf("%w: %q is reserved", ErrBadTopic, s)
	}
	for _, prefix := range reservedPrefixes {
		if strings.HasPrefix(s, prefix) {
			return fmt.Errorf("%w: %q: the prefix %q is reserved", ErrBadTopic, s, prefix)
		}
	}
	return nil
}

// derivedName returns a name for what belongs to topic: "room:42:presence". One
// that would be too long has a hash in the topic's place.
func derivedName(topic, what string) string {
	if name := topic + ":" + what; len(name) <= topicMax {
		return name
	}
	sum := sha256.Sum256([]byte(topic))
	return hex.EncodeToString(sum[:16]) + ":" + what
}

// checkTopics checks each of topics and returns them sorted, once each.
func checkTopics(topics []string) ([]string, error) {
	for _, t := range topics {
		if err := CheckTopic(t); err != nil {
			return nil, err
		}
	}
	set := slices.Clone(topics)
	slices.Sort(set)
	return slices.Compact(set), nil
}
