package htmxrttest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/htmxrt/htmxrt/htmxrt"
)

func testCloseEndsCalls(t *testing.T, b htmxrt.Broker) {
	var followers []*follower
	for range 4 {
		followers = append(followers, follow(t, b, htmxrt.Position{}))
	}
	entry := newEntry("entry")
	publish(t, b, entry)
	for _, f := range followers {
		f.wants(entry)
	}
	if err := b.Close(); err != nil {
		t.Errorf("Close() = %v", err)
	}
	for _, f := range followers {
		if list, err := f.rest(); !errors.Is(err, htmxrt.ErrClosed) || len(list) > 0 {
			t.Errorf("Follow() = %v and %d entries, want %v and none", err, len(list), htmxrt.ErrClosed)
		}
	}
}

func testCallsAfterClose(t *testing.T, b htmxrt.Broker) {
	last := publish(t, b, newEntries("entry", 3)...)
	if err := b.Close(); err != nil {
		t.Errorf("Close() = %v", err)
	}
	_, publishErr := b.Publish(t.Context(), newEntry("late"))
	_, stateErr := b.State(t.Context())
	_, followErr := follow(t, b, htmxrt.Position{}).rest()
	_, followLastErr := follow(t, b, last).rest()
	for call, err := range map[string]error{
		"Publish": publishErr, "State": stateErr, "Follow from zero": followErr, "Follow from the last": followLastErr,
	} {
		if !errors.Is(err, htmxrt.ErrClosed) {
			t.Errorf("%s = %v, want %v", call, err, htmxrt.ErrClosed)
		}
	}
}

func testCloseTwice(t *testing.T, b htmxrt.Broker) {
	publish(t, b, newEntry("entry"))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := b.Close(); err != nil {
				t.Errorf("Close() = %v", err)
			}
		})
	}
	wg.Wait()
	if err := b.Close(); err != nil {
		t.Errorf("a further Close() = %v", err)
	}
}

// testConcurrentUse is for the race detector. Each call must succeed until Close,
// and be ErrClosed from then on.
func testConcurrentUse(t *testing.T, b htmxrt.Broker) {
	var wg sync.WaitGroup
	busy := make(chan struct{}, 64) // calls that were made before Close
	until := func(what string, call func() error) {
		wg.Go(func() {
			for {
				if err := call(); errors.Is(err, htmxrt.ErrClosed) {
					return
				} else if err != nil {
					t.Errorf("%s: %v", what, err)
					return
				}
				select {
				case busy <- struct{}{}:
				default:
				}
			}
		})
	}
	some := errors.New("that will do")
	for i := range 4 {
		until("Publish", func() error {
			_, err := b.Publish(t.Context(), newEntries(fmt.Sprint(i), 2)...)
			return err
		})
		until("State", func() error {
			_, err := b.State(t.Context())
			return err
		})
		until("Follow", func() error {
			n := 0
			err := b.Follow(t.Context(), htmxrt.Position{}, func(htmxrt.Position, htmxrt.Entry) error {
				if n++; n == 20 {
					return some
				}
				return nil
			})
			if errors.Is(err, some) || errors.Is(err, context.Canceled) {
				return nil
			}
			return err
		})
	}
	for range cap(busy) * 4 {
		receive(t, "calls to succeed", busy)
	}
	if err := b.Close(); err != nil {
		t.Errorf("Close() = %v", err)
	}
	done := make(chan struct{})
	go func() { // ends with the calls, which Close ends
		defer close(done)
		wg.Wait()
	}()
	receive(t, "the end of all calls, after Close", done)
}
