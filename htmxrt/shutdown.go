package htmxrt

import (
	"context"
	"errors"
	"time"
)

// Shutdown drains the hub, see Drain, then refuses sends and closes the broker.
// It waits until every stream has ended, so call it before http.Server.Shutdown,
// which waits for the same requests. When ctx ends first, what is still being
// written is cut off and the error is ctx's. Further calls do nothing.
func (h *Hub) Shutdown(ctx context.Context) (err error) {
	h.shutdown.Do(func() {
		err = h.Drain(ctx)
		h.typing.close(h)
		h.closed.Store(true)
		if err != nil {
			h.abort()
		}
		h.stop()
		err = errors.Join(err, h.broker.Close())
		<-h.followed
		h.running.Wait()
		err = errors.Join(err, h.presence.wait(ctx))
	})
	return err
}

// abort cuts off the streams that are still writing and waits, for at most a
// second, until they have ended.
func (h *Hub) abort() {
	h.streams.abort()
	timer := time.NewTimer(time.Second)
	defer timer.Stop()
	select {
	case <-h.streams.close():
	case <-timer.C:
	}
}
