package htmxrt_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// Whoever publishes faster than the log is followed waits: what a follower has
// not read is never dropped.
func TestMemoryBrokerWaitsForItsFollowers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const kept = 4
		b := htmxrt.NewMemoryBroker(htmxrt.Window{Count: kept})
		read, done := make(chan string), make(chan error, 1)
		go func() { // ends with Close below; its error is received then
			done <- b.Follow(context.Background(), htmxrt.Position{}, func(_ htmxrt.Position, e htmxrt.Entry) error {
				read <- string(e.Data)
				return nil
			})
		}()
		synctest.Wait()
		publish := func(n int) error {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			_, err := b.Publish(ctx, htmxrt.Entry{Data: []byte(fmt.Sprint(n))})
			return err
		}
		sent := 0
		for err := error(nil); err == nil; {
			if err = publish(sent); err == nil {
				sent++
			} else if !errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("Publish = %v, want the deadline's error", err)
			}
			synctest.Wait()
			if sent > 2*kept {
				t.Fatalf("%d entries published behind a follower that has read none, with %d kept", sent, kept)
			}
		}
		for n := range sent {
			if got := <-read; got != fmt.Sprint(n) {
				t.Fatalf("read %q, want %d", got, n)
			}
		}
		synctest.Wait()
		if err := publish(sent); err != nil {
			t.Errorf("with room again: %v", err)
		}
		<-read
		b.Close()
		if err := <-done; !errors.Is(err, htmxrt.ErrClosed) {
			t.Errorf("Follow = %v, want %v", err, htmxrt.ErrClosed)
		}
	})
}
