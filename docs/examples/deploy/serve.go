// Package deploy shows a server that ends in order. The guide of the same name
// includes its function.
package deploy

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// serve serves until ctx ends, and then ends the streams, the server and the
// hub, within 15 s. Call it with signal.NotifyContext(…, os.Interrupt, syscall.SIGTERM).
func serve(ctx context.Context, listener net.Listener, handler http.Handler, hub *htmxrt.Hub) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       2 * time.Minute,
		WriteTimeout:      30 * time.Second, // of pages: a stream sets its own, for each write
		MaxHeaderBytes:    16 << 10,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }() // ended by Shutdown below
	select {
	case err := <-failed:
		return errors.Join(err, hub.Shutdown(context.Background()))
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.Background(), 15*time.Second)
	defer cancel()
	return errors.Join(
		hub.Drain(drain),       // streams end here, spread; browsers know to come back
		server.Shutdown(drain), // nothing is left to wait for but short requests, which may send
		hub.Shutdown(drain),
	)
}
