package htmxrt

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestDrainTimes(t *testing.T) {
	tests := []struct {
		streams        int
		timeout        time.Duration // of the context; 0: none
		window, spread time.Duration
	}{
		{streams: 0},
		{streams: 100},
		{streams: 101, window: 100 * time.Millisecond, spread: 100 * time.Millisecond},
		{streams: 10_000, window: 9900 * time.Millisecond, spread: 9900 * time.Millisecond},
		{streams: 50_000, window: 15 * time.Second, spread: 15 * time.Second},
		{streams: 50_000, timeout: time.Minute, window: 15 * time.Second, spread: 15 * time.Second},
		{streams: 50_000, timeout: 4 * time.Second, window: 15 * time.Second, spread: 3 * time.Second}, // browsers wait for the rest
	}
	synctest.Test(t, func(t *testing.T) {
		h := &Hub{opts: Options{Drain: drainDefault}}
		for _, tt := range tests {
			ctx, cancel := context.WithCancel(context.Background())
			if tt.timeout > 0 {
				ctx, cancel = context.WithTimeout(ctx, tt.timeout)
			}
			window, spread := h.drainTimes(ctx, tt.streams)
			cancel()
			if window != tt.window || spread != tt.spread {
				t.Errorf("%d streams, %v: window %v, spread %v; want %v, %v", tt.streams, tt.timeout, window, spread, tt.window, tt.spread)
			}
		}
	})
}
