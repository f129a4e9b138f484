package htmxrt

import (
	"encoding/json"
	"math/rand/v2"
	"time"
)

// The hub's own events, see docs/wire.md.
const (
	eventOpen    = "htmxrt-open"
	eventBeat    = "htmxrt-beat"
	eventReset   = "htmxrt-reset"
	eventClose   = "htmxrt-close"
	eventBye     = "htmxrt-bye"
	eventTrigger = "htmxrt-trigger"
	eventRefresh = "htmxrt-refresh"
)

// wireVersion is told to the script in htmxrt-open.
const wireVersion = 1

// control is an event that ends a stream, or stands in its place.
type control struct {
	event, reason        string
	retryMin, retryRange time.Duration
	// patient: what is pending is written first.
	patient bool
}

// What a refused or ended browser is told. Each is an event on a 200 response:
// any other status makes EventSource give up or lose its cursor (measured, see
// docs/wire.md). Browsers add no jitter to retry, so it is random here.
var (
	closeRevoked   = &control{event: eventClose, reason: "revoked", retryMin: time.Minute}
	closeSession   = &control{event: eventClose, reason: "session", retryMin: time.Minute}
	resetTicket    = &control{event: eventReset, reason: "ticket", retryMin: time.Minute}
	resetForbidden = &control{event: eventReset, reason: "forbidden", retryMin: time.Minute}
	byeDrain       = &control{event: eventBye, reason: "drain", retryMin: 500 * time.Millisecond, retryRange: 2500 * time.Millisecond, patient: true}
	byeAge         = &control{event: eventBye, reason: "age", retryMin: 100 * time.Millisecond, retryRange: 900 * time.Millisecond}
	byeLimit       = &control{event: eventBye, reason: "limit", retryMin: 10 * time.Second, retryRange: 20 * time.Second}
	byeBlind       = &control{event: eventBye, reason: "blind", retryMin: 2 * time.Second, retryRange: 8 * time.Second}
	byeStore       = &control{event: eventBye, reason: "store", retryMin: 2 * time.Second, retryRange: 8 * time.Second}
)

// final reports that the page does not come back as it was, nil that it may.
func (e *control) final() bool {
	return e != nil && (e.event == eventClose || e.event == eventReset)
}

// append appends the event. It has no id: the browser keeps the cursor it has.
func (e *control) append(b []byte) []byte {
	retry := e.retryMin
	if e.retryRange > 0 {
		retry += rand.N(e.retryRange)
	}
	return appendControl(b, "", e.event, retry, reasonData(e.reason))
}

// appendReset appends a reset after which the stream goes on from at.
func appendReset(b []byte, at *place, reason error) []byte {
	return appendControl(b, at.cursor(), eventReset, 0, reasonData(resetReason(reason)))
}

func reasonData(reason string) []byte { return jsonData(map[string]string{"reason": reason}) }

// opening is the data of htmxrt-open. Beat is the longest silence on the stream
// in milliseconds: a client that hears nothing for much longer is cut off.
type opening struct {
	Version int    `json:"version"`
	Tab     string `json:"tab"`
	Beat    int64  `json:"beat"`
	Ticket  string `json:"ticket,omitempty"`
}

// appendOpen appends the first event of every stream, with the position that
// the stream starts from.
func appendOpen(b []byte, at *place, o opening) []byte {
	retry := time.Second + rand.N(2*time.Second) // EventSource's own is 3 s for all
	return appendControl(b, at.cursor(), eventOpen, retry, jsonData(o))
}

// jsonData marshals data of the hub's own types, which cannot fail.
func jsonData(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}
