package htmxrttest

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// track is one topic of a Recorder.
type track struct {
	topic  string
	stream *Stream
	events []Event // received and not removed; a reset is one too
	ended  error   // why nothing more is received
}

func newTrack(topic string, s *Stream) *track {
	t := &track{topic: topic, stream: s}
	if s.Opening().Name == "" {
		t.ended = s.reason()
	}
	return t
}

// read takes in what the stream brings, up to a fence or its end.
func (t *track) read(fence string) {
	t.stream.tb.Helper()
	timer := time.NewTimer(guard())
	defer timer.Stop()
	for t.ended == nil {
		event, ok := t.stream.take(timer)
		switch {
		case !ok:
			t.ended = t.stream.reason()
		case event.Name == eventFence && event.Data == fence:
			return
		case event.last():
			t.ended = fmt.Errorf("%s %s", event.Name, event.Data)
		case !event.quiet():
			t.events = append(t.events, event)
		}
	}
}

// remove forgets the oldest event whose data contains text.
func (t *track) remove(text string) bool {
	i := slices.IndexFunc(t.events, func(e Event) bool { return strings.Contains(e.Data, text) })
	if i < 0 {
		return false
	}
	t.events = slices.Delete(t.events, i, i+1)
	return true
}
