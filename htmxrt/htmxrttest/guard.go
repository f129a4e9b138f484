package htmxrttest

import "time"

// Guards end a wait that would last for ever. A bubble's clock runs through the
// heartbeats of a day in seconds, and a stream lives for an hour by default.
var guardOutside = 30 * time.Second // shorter in a test of what hangs

const guardBubble = 24 * time.Hour

// guard returns how long to wait for what should come at once.
func guard() time.Duration {
	if time.Now().Year() < 2020 { // a bubble's clock begins in 2000, see testing/synctest
		return guardBubble
	}
	return guardOutside
}
