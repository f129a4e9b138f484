package htmxrt_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

// New does not wait for an engine for ever, and names what does not answer.
func TestNewOnABrokerThatDoesNotAnswer(t *testing.T) {
	used := func() htmxrt.Broker { // a log with an entry
		b := htmxrt.NewMemoryBroker(htmxrt.Window{})
		if _, err := b.Publish(context.Background(), htmxrt.Entry{Data: []byte{1}}); err != nil {
			panic(err)
		}
		return b
	}
	refused := errors.New("connection refused")
	cut := func(b *severable) *severable { b.sever(); return b }
	tests := []struct {
		name   string
		broker func() htmxrt.Broker // called in the bubble
		want   error
		after  time.Duration
	}{
		{name: "State hangs", broker: func() htmxrt.Broker { return cut(newSeverable(used(), nil)) }, want: context.DeadlineExceeded, after: 5 * time.Second},
		{name: "State fails", broker: func() htmxrt.Broker { return cut(newSeverable(used(), refused)) }, want: refused},
		{name: "Follow hangs", broker: func() htmxrt.Broker { return &gated{Broker: used(), open: make(chan struct{})} }, want: context.DeadlineExceeded, after: 5 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				hub, err := htmxrt.New(htmxrt.Options{Broker: tt.broker()})
				if hub != nil || !errors.Is(err, tt.want) || !strings.Contains(err.Error(), "Options.Broker") {
					t.Errorf("New = %v, %v; want %v, naming Options.Broker", hub, err, tt.want)
				}
				if took := time.Since(start); took != tt.after {
					t.Errorf("after %v, want %v", took, tt.after)
				}
			})
		})
	}
}

// While nobody can say what became of a lost log, nothing is read on from the
// old position: in the new log that would skip entries without a word. When
// somebody can, streams are reset, once, and go on.
func TestLostLogWhoseStateFailsIsBegunWithWhenItAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &replaceable{current: htmxrt.NewMemoryBroker(htmxrt.Window{})}
		b := &stateless{Broker: log}
		s := newScene(t, htmxrt.Options{Broker: b})
		stream := s.enter("alice")
		for n := range 5 {
			say(t, s.hub, fmt.Sprint(n))
		}
		hear(stream, 5)
		b.fail(errors.New("no leader"))
		log.lose()
		for n := range 20 { // the old position is one of the new log
			say(t, s.hub, fmt.Sprint("new ", n))
		}
		time.Sleep(time.Minute)
		if err := s.hub.Ready(); err == nil || !strings.Contains(err.Error(), "no leader") {
			t.Errorf("Ready = %v, want why the log is not followed", err)
		}
		b.fail(nil)
		time.Sleep(5 * time.Second) // follow's longest pause
		synctest.Wait()
		if err := s.hub.Ready(); err != nil {
			t.Errorf("Ready = %v", err)
		}
		say(t, s.hub, "fence")
		resets := 0
		for event := stream.Next(); event.Data != "fence"; event = stream.Next() {
			switch {
			case event.Name == "htmxrt-reset":
				resets++
			case resets == 0:
				t.Errorf("%+v before the reset", event)
			}
		}
		if resets != 1 {
			t.Errorf("%d resets, want 1", resets)
		}
	})
}

// A node that finds a log whose oldest entries are gone does not know what lay
// at its base. A cursor there is reset, and the next one is read on from.
func TestCursorAtABaseThatNobodyKnows(t *testing.T) {
	log := htmxrt.NewMemoryBroker(htmxrt.Window{Count: 3})
	old := newScene(t, htmxrt.Options{Broker: keepOpen{log}, Key: clusterKey}) // not shared: no beats
	stream := old.enter("old")
	var ids []htmxrt.Cursor // of the entries 1 to 10
	for n := range 10 {
		everywhere(t, old.hub, fmt.Sprint(n+1))
		ids = append(ids, htmxrt.Cursor(stream.Next().ID))
	}
	state, err := log.State(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	base := int(state.Base.Lo)
	young := newScene(t, htmxrt.Options{Broker: keepOpen{log}, Key: clusterKey})
	reset := young.enter("at the base", htmxrttest.LastEventID(ids[base-1])).Next()
	if reset.Name != "htmxrt-reset" || reset.Data != `{"reason":"rewound"}` {
		t.Errorf("at the base, %d: %+v, want a reset", base, reset)
	}
	if got, want := young.enter("behind it", htmxrttest.LastEventID(ids[base])).Next().Data, fmt.Sprint(base+2); got != want {
		t.Errorf("behind the base: %q, want %q", got, want)
	}
}
