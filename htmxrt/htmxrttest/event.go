package htmxrttest

import "time"

// Event is one event of a stream as EventSource would dispatch it (WHATWG HTML,
// section 9.2.6).
type Event struct {
	// ID is the last event ID after this event: its own, or that of an
	// earlier one.
	ID string
	// HasID says that the event brought an ID.
	HasID bool
	// Name is the event's type, "message" if it brought none.
	Name string
	// Data is the data's lines, joined by LF.
	Data string
	// Retry is the reconnection time that the event brought, 0 if none.
	Retry time.Duration
}

// The hub's own events, see docs/wire.md, and a Recorder's.
const (
	eventOpen  = "htmxrt-open"
	eventBeat  = "htmxrt-beat"
	eventClose = "htmxrt-close"
	eventBye   = "htmxrt-bye"
	eventFence = "htmxrttest-fence"
)

// quiet reports that a page would not notice e.
func (e Event) quiet() bool {
	return e.Name == eventOpen || e.Name == eventBeat || e.Name == eventFence
}

// last reports that e tells the page why the stream ends.
func (e Event) last() bool { return e.Name == eventClose || e.Name == eventBye }
