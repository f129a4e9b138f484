package htmxrttest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// Recorder keeps what one viewer receives, and so shows what was sent and who
// may see it. It reads until the test ends. Its methods are safe for concurrent
// use.
//
// Each of them looks at all that was sent before the call: it sends a message of
// its own, a fence, and reads up to it. Other viewers do not receive the fence,
// unless the recorder's viewer is of unknown identity.
type Recorder struct {
	tb  testing.TB
	hub *htmxrt.Hub
	who htmxrt.Identity

	mu     sync.Mutex // guards the fields below
	tracks []*track
	fences int
}

// Record follows topics as somebody, over a stream for each:
//
//	rec := htmxrttest.Record(t, hub, htmxrttest.As(bob), "room:42")
//
// On a topic that Options.Authorize refuses nothing is received.
func Record(tb testing.TB, hub *htmxrt.Hub, as OpenOption, topics ...string) *Recorder {
	tb.Helper()
	if len(topics) == 0 {
		tb.Fatal("htmxrttest: Record without a topic")
	}
	server := NewServer(tb, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hub.Stream(r.URL.Query().Get("record")).ServeHTTP(w, r)
	}))
	rec := &Recorder{tb: tb, hub: hub, who: newRequest([]OpenOption{as}).who}
	for _, topic := range topics {
		on := func(r *request) { r.query.Set("record", topic) }
		stream := server.Open("/", as, on)
		if stream.Status == http.StatusOK && stream.Opening().Name == "" {
			tb.Fatalf("htmxrttest: %v gets no stream on %q but %+v", rec.who, topic, stream.Next())
		}
		rec.tracks = append(rec.tracks, newTrack(topic, stream))
	}
	return rec
}

// AssertSent fails the test unless the viewer received a message on a topic that
// contains a text, such as a part of its HTML. It takes the oldest that does: a
// second call needs a second message.
func (r *Recorder) AssertSent(topic, text string) {
	r.tb.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.catchUp()
	recorded := false
	for _, t := range r.tracks {
		if t.topic != topic {
			continue
		}
		if t.remove(text) {
			return
		}
		recorded = true
	}
	if !recorded {
		r.tb.Errorf("%q is not among the recorded topics of %v", topic, r.who)
		return
	}
	r.tb.Errorf("%v received nothing on %q that contains %q:%s", r.who, topic, text, r.describe())
}

// AssertNothing fails the test if the viewer received a message that AssertSent
// did not take.
func (r *Recorder) AssertNothing() {
	r.tb.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.catchUp()
	for _, t := range r.tracks {
		if len(t.events) > 0 {
			r.tb.Errorf("%v received something, want nothing:%s", r.who, r.describe())
			return
		}
	}
}

// Messages returns what the viewer received and AssertSent did not take, topic
// by topic. A message of several blocks, such as two Triggers, is several events.
func (r *Recorder) Messages() []Event {
	r.tb.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.catchUp()
	var list []Event
	for _, t := range r.tracks {
		list = append(list, t.events...)
	}
	return list
}

// catchUp reads all that was sent so far. r.mu is held.
func (r *Recorder) catchUp() {
	r.tb.Helper()
	r.fences++
	fence := fmt.Sprintf("%p %d", r, r.fences)
	for _, t := range r.tracks {
		if t.ended != nil {
			continue
		}
		to := htmxrt.Everyone() // nothing else reaches a viewer of unknown identity
		if !r.who.IsUnknown() {
			to = htmxrt.ToTab(t.stream.Tab())
		}
		err := r.hub.Send(context.Background(), t.topic, htmxrt.Text(fence), htmxrt.Event(eventFence), to)
		if err != nil && !errors.Is(err, htmxrt.ErrClosed) { // a closed hub ends the stream
			r.tb.Fatalf("htmxrttest: fence on %q: %v", t.topic, err)
		}
		t.read(fence)
	}
}

// describe lists what was received and not taken. r.mu is held.
func (r *Recorder) describe() string {
	var b strings.Builder
	for _, t := range r.tracks {
		for _, e := range t.events {
			fmt.Fprintf(&b, "\n\t%s: event %q, data %q", t.topic, e.Name, e.Data)
		}
		if len(t.events) == 0 {
			fmt.Fprintf(&b, "\n\t%s: nothing", t.topic)
		}
		if t.ended != nil {
			fmt.Fprintf(&b, "\n\t%s: the stream has ended: %v", t.topic, t.ended)
		}
	}
	return b.String()
}
