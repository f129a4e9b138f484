package htmxrttest

import (
	"context"
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// BrokerSuite tests that a broker keeps the contract of htmxrt.Broker. A test of
// the broker's package fills it in and calls Run.
type BrokerSuite struct {
	// Open returns a broker with a new, empty log that keeps at least 10,000
	// entries and 16 MiB. The suite closes it.
	Open func(t *testing.T) htmxrt.Broker
	// OpenSmall is Open for a log that keeps 1 to 50 entries.
	OpenSmall func(t *testing.T) htmxrt.Broker
	// Engine starts what brokers of several nodes stand on, with a new, empty
	// log that keeps as much as that of Open. It ends with the test, after its
	// brokers. Nil: the broker is for one process, and the tests that need an
	// engine are not run.
	Engine func(t *testing.T) Engine
}

// Run runs the suite's tests, each as a sub-test that is named by what a broker
// must do.
func (s BrokerSuite) Run(t *testing.T) {
	if s.Open == nil || s.OpenSmall == nil {
		t.Fatal("htmxrttest: BrokerSuite needs Open and OpenSmall")
	}
	for _, tt := range []struct {
		name string
		open func(*testing.T) htmxrt.Broker
		test func(*testing.T, htmxrt.Broker)
	}{
		{"a new log has an id and no entries", s.Open, testNewLog},
		{"two logs have two ids", s.Open, s.testTwoLogs},
		{"State tells the first and the last entry, and keeps its id", s.Open, testState},
		{"Publish returns the position of the last entry", s.Open, testPublishPosition},
		{"Publish appends all entries or none when its context has ended", s.Open, testPublishEndedContext},
		{"entries published together lie next to each other, in order", s.Open, testBatches},
		{"all followers see one order", s.Open, testOneOrder},
		{"entries are delivered as they were published", s.Open, testBytes},
		{"entries published again lie in the log once or twice, in order, where Publish says", s.Open, testPublishAgain},

		{"Follow begins with the first entry after the zero position", s.Open, testFollowFromZero},
		{"Follow goes on after any position without a gap or a double", s.Open, testFollowFromAnywhere},
		{"Follow delivers each entry as it comes", s.Open, testFollowLive},
		{"Follow calls deliver from one goroutine at a time", s.Open, testFollowOneAtATime},
		{"a slow follower delays nobody", s.Open, testSlowFollower},
		{"Follow ends with the error of deliver", s.Open, testFollowDeliverError},
		{"Follow ends with its context", s.Open, testFollowContext},
		{"Follow ends with ErrLogLost after a position that the log has not", s.Open, testFollowLost},

		{"a trimmed log can be followed from State.Base and all later positions", s.OpenSmall, testTrimKeepsNewest},
		{"Follow ends with ErrTrimmed when entries after its position are gone", s.OpenSmall, testFollowTrimmed},
		{"Follow that falls behind goes on without a gap or ends with ErrTrimmed", s.OpenSmall, testFollowFallsBehind},

		{"Close ends all calls with ErrClosed", s.Open, testCloseEndsCalls},
		{"calls after Close fail with ErrClosed", s.Open, testCallsAfterClose},
		{"Close may be called more than once, at once", s.Open, testCloseTwice},
		{"all methods may be called at once", s.Open, testConcurrentUse},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := tt.open(t)
			t.Cleanup(func() {
				if err := b.Close(); err != nil {
					t.Errorf("Close() = %v", err)
				}
			})
			tt.test(t, b)
		})
	}
	if s.Engine != nil {
		s.runEngine(t)
	}
}

// newEntries returns n entries whose data tell them apart.
func newEntries(name string, n int) []htmxrt.Entry {
	list := make([]htmxrt.Entry, n)
	for i := range list {
		list[i] = newEntry(fmt.Sprintf("%s %d", name, i))
	}
	return list
}

func newEntry(data string) htmxrt.Entry {
	e := htmxrt.Entry{Data: []byte(data)}
	rand.Read(e.ID[:]) // never fails, see crypto/rand
	return e
}

// publish publishes entries and must succeed.
func publish(t *testing.T, b htmxrt.Broker, entries ...htmxrt.Entry) htmxrt.Position {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), guard())
	defer cancel()
	pos, err := b.Publish(ctx, entries...)
	if err != nil {
		t.Fatalf("Publish of %d entries: %v", len(entries), err)
	}
	return pos
}

// publishEach publishes entries one by one and returns their positions.
func publishEach(t *testing.T, b htmxrt.Broker, entries ...htmxrt.Entry) []htmxrt.Position {
	t.Helper()
	list := make([]htmxrt.Position, len(entries))
	for i, e := range entries {
		list[i] = publish(t, b, e)
	}
	return list
}

// state returns the log's state.
func state(t *testing.T, b htmxrt.Broker) htmxrt.LogState {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), guard())
	defer cancel()
	s, err := b.State(ctx)
	if err != nil {
		t.Fatalf("State: %v", err)
	}
	return s
}

// receive returns the next value of a channel, the zero value when that is
// closed. It fails the test if there is none.
func receive[T any](t *testing.T, what string, from <-chan T) T {
	t.Helper()
	timer := time.NewTimer(guard())
	defer timer.Stop()
	select {
	case v := <-from:
		return v
	case <-timer.C:
		t.Fatalf("waited %v for %s", guard(), what)
		panic("not reached")
	}
}
