package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// flightMost is more than the messages of any phase that are on their way at
// once.
const flightMost = 64

// flight counts the arrivals of the messages of one phase. Every client
// receives them in the order in which they were sent, so that a message is
// known by its number. It is safe for concurrent use.
type flight struct {
	followers int
	arrivals  [flightMost]atomic.Int64 // by message, modulo
	total     atomic.Int64             // arrivals of all messages
	bytes     atomic.Int64

	// complete gets a token for each message that has reached all followers.
	// It has room for all that are on their way.
	complete chan struct{}
}

func newFlight(followers int) *flight {
	return &flight{followers: followers, complete: make(chan struct{}, flightMost)}
}

// arrived notes that one client has read messages first to first+n-1.
func (f *flight) arrived(first, n int) {
	f.total.Add(int64(n))
	for i := first; i < first+n; i++ {
		slot := &f.arrivals[i%flightMost]
		if slot.Add(1) == int64(f.followers) {
			slot.Store(0)
			f.complete <- struct{}{}
		}
	}
}

// run keeps out messages on their way for d, and then waits until all have
// arrived. An error of failed, and the end of ctx, end it early.
func (f *flight) run(ctx context.Context, out int, d time.Duration, send func(n int) error, failed <-chan error) (flown, error) {
	began := time.Now()
	sent, flying := out, out
	if err := send(out); err != nil {
		return flown{}, err
	}
	for flying > 0 {
		select {
		case <-f.complete:
		case err := <-failed:
			return flown{}, err
		case <-ctx.Done():
			return flown{}, fmt.Errorf("%d of %d deliveries arrived: %w", f.total.Load(), sent*f.followers, ctx.Err())
		}
		n := 1
		for len(f.complete) > 0 { // this is the only receiver
			<-f.complete
			n++
		}
		flying -= n
		if time.Since(began) >= d {
			continue
		}
		if err := send(n); err != nil {
			return flown{}, err
		}
		sent, flying = sent+n, flying+n
	}
	result := flown{
		sent: sent, deliveries: int(f.total.Load()), bytes: f.bytes.Load(), elapsed: time.Since(began),
	}
	if want := sent * f.followers; result.deliveries != want {
		return flown{}, fmt.Errorf("%d deliveries of %d messages arrived, want %d", result.deliveries, sent, want)
	}
	return result, nil
}
