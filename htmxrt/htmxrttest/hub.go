package htmxrttest

import (
	"context"
	"log/slog"
	"testing"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// NewHub starts a hub that is shut down at the end of tb. Without
// Options.Logger it logs to tb. Options out of range end the test.
func NewHub(tb testing.TB, opts htmxrt.Options) *htmxrt.Hub {
	tb.Helper()
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.NewTextHandler(tb.Output(), nil))
	}
	hub, err := htmxrt.New(opts)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), guard())
		defer cancel()
		if err := hub.Shutdown(ctx); err != nil {
			tb.Errorf("htmxrttest: shut the hub down: %v", err)
		}
	})
	return hub
}
