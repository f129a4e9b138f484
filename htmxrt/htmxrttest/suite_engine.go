package htmxrttest

import (
	"context"
	"testing"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// Engine is what brokers stand on, as far as a test can break it. A nil func
// leaves out the tests that need it; Open must be set. They are called one at a
// time, and fail the test themselves.
type Engine struct {
	// Open returns a broker on the engine's one log, each time a further one,
	// as another node would. The suite closes it.
	Open func(t *testing.T) htmxrt.Broker
	// Cut ends the connections that are open. New ones can be made at once.
	Cut func(t *testing.T)
	// Restart ends the engine in an orderly way, and starts it with its data.
	Restart func(t *testing.T)
	// Wipe ends the engine, and starts it without its data.
	Wipe func(t *testing.T)
	// Snapshot copies the engine's data, and may restart the engine for it.
	// restore ends the engine, and starts it with the copy.
	Snapshot func(t *testing.T) (restore func(t *testing.T))
	// Pause makes the engine silent, for old and new connections, without
	// ending any, until resume is called.
	Pause func(t *testing.T) (resume func(t *testing.T))
	// Deafen makes the connections that are open silent for good, in both
	// directions, without ending them. New ones work.
	Deafen func(t *testing.T)
}

// runEngine runs the tests that an engine of the suite is able to.
func (s BrokerSuite) runEngine(t *testing.T) {
	has := s.Engine(t) // only looked at
	for _, tt := range []struct {
		name string
		able bool
		test func(*testing.T, Engine)
	}{
		{"two nodes see one log, with one id", has.Open != nil, testNodes},

		{"a follower goes on without a gap or a double when its connections were cut", has.Cut != nil, testCut},
		{"a follower goes on without a gap or a double when the engine was restarted", has.Restart != nil, testRestart},
		{"a follower whose connection has gone deaf delivers what it missed", has.Deafen != nil, testDeaf},
		{"Publish and State fail within 10 s while the engine is silent, and work after", has.Pause != nil, testPause},

		{"Follow ends with ErrLogLost when the log was lost", has.Wipe != nil, testWipe},
		{"Follow ends with ErrLogLost when the log was lost and its positions are used again", has.Wipe != nil, testWipeReused},
		{"Follow ends with ErrLogLost when the log was rolled back", has.Snapshot != nil, testRollback},
		{"Follow ends with ErrLogLost when the log was rolled back and its positions are used again", has.Snapshot != nil, testRollbackReused},
		{"a new Follow ends with ErrLogLost when the log was rolled back", has.Snapshot != nil, testRollbackNew},
		{"a new Follow ends with ErrLogLost when the log was rolled back and its positions are used again", has.Snapshot != nil, testRollbackNewReused},
		{"a first Follow ends with ErrLogLost when what was published is rolled back", has.Snapshot != nil, testRollbackPublished},
		{"State has another ID after each rollback, the same on all nodes", has.Snapshot != nil, testRollbackID},
		{"Follow ends with ErrLogLost when another node found that the log was rolled back", has.Snapshot != nil, testRollbackTold},
	} {
		if tt.able {
			t.Run(tt.name, func(t *testing.T) { tt.test(t, s.Engine(t)) })
		}
	}
}

// node opens a broker; it is closed with the test.
func (e Engine) node(t *testing.T) htmxrt.Broker {
	t.Helper()
	b := e.Open(t)
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
	})
	return b
}

// soon calls until it succeeds: the engine was away, and a broker may need a
// moment to find it again.
func soon(t *testing.T, what string, call func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), guard())
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for {
		err := call(ctx)
		if err == nil {
			return
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			t.Fatalf("%s does not succeed within %v: %v", what, guard(), err)
		}
	}
}

// publishSoon publishes an entry, again and again if need be.
func publishSoon(t *testing.T, b htmxrt.Broker, e htmxrt.Entry) {
	t.Helper()
	soon(t, "Publish", func(ctx context.Context) error {
		_, err := b.Publish(ctx, e)
		return err
	})
}

// stateSoon returns the log's state.
func stateSoon(t *testing.T, b htmxrt.Broker) (s htmxrt.LogState) {
	t.Helper()
	soon(t, "State", func(ctx context.Context) (err error) {
		s, err = b.State(ctx)
		return err
	})
	return s
}

// wantsAmong reads up to an entry, which must come after none but others, each of
// them and itself as often as they like.
func (f *follower) wantsAmong(last htmxrt.Entry, others ...htmxrt.Entry) {
	f.t.Helper()
	for {
		d := f.next(1)[0]
		if d.entry.ID == last.ID {
			return
		}
		known := false
		for _, o := range others {
			known = known || d.entry.ID == o.ID
		}
		if !known {
			f.t.Fatalf("delivered %.40q where %.40q is due", d.entry.Data, last.Data)
		}
	}
}
