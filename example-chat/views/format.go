// Package views holds the chat's markup.
package views

import (
	"cmp"
	"fmt"
	"hash/crc32"
	"net/url"
	"strings"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// RoomPath returns the path of the room with that name, the lobby's for "".
func RoomPath(room string) string { return "/rooms/" + url.PathEscape(cmp.Or(room, "lobby")) }

// initial returns the letter that stands for u.
func initial(u htmxrt.User) string { return strings.ToUpper(string([]rune(u.Name)[:1])) }

// hue returns the class with u's colour, of which the stylesheet has eight.
func hue(u htmxrt.User) string { return fmt.Sprint("hue-", crc32.ChecksumIEEE([]byte(u.ID))%8) }

// Form is what a form shows when it is shown again.
type Form struct {
	Room, Text string // Text as it was typed
	Hint       string // what is wrong with it; "" if nothing is
	Done       bool   // the form has just done its work
}
