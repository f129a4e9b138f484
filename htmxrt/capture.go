package htmxrt

import (
	"context"
	"fmt"
	"io"

	"github.com/a-h/templ"
)

// Divert, on a send without content, answers the request with 204 No Content
// instead of what was captured: htmx then swaps nothing into the sender's page.
func Divert() SendOption { return func(d *draft) { d.divert = true } }

// capture makes the response of the request of ctx the content of d.
func capture(ctx context.Context, d *draft) error {
	x := exchangeFrom(ctx)
	if x == nil {
		return ErrNoContent
	}
	if err := x.hold(); err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case x.capture != nil:
		return fmt.Errorf("%w: a second one in one request", ErrCapture)
	case x.response.held.Len() > 0:
		return fmt.Errorf("%w: part of the response is held for a staged send already", ErrCapture)
	case d.divert && x.response.wrote:
		return fmt.Errorf("%w: Divert after the response was begun", ErrCapture)
	}
	x.response.limit = d.limit
	x.capture = d
	return nil
}

// Stage renders a send at once and publishes it when the handler of the request
// has succeeded: returned nil, with a status of 2xx. Everything staged in a
// request is published together, all or nothing, in the order of the calls. A
// publish error becomes the handler's; the response is held until then.
// Outside a request it is ErrNoHub, without content ErrNoContent.
func Stage(ctx context.Context, topic string, opts ...SendOption) error {
	_, err := stage(ctx, topic, opts)
	return err
}

// Capture renders c once, stages it like Stage and writes it to w as well:
// shown and sent. What is shown is rendered in the audience's context too, so
// the sender sees what the others see.
func Capture(ctx context.Context, w io.Writer, topic string, c templ.Component, opts ...SendOption) error {
	d, err := stage(ctx, topic, append(opts[:len(opts):len(opts)], Component(c)))
	if err != nil {
		return err
	}
	_, err = w.Write(d.body)
	return err
}

func stage(ctx context.Context, topic string, opts []SendOption) (*draft, error) {
	x := exchangeFrom(ctx)
	if x == nil {
		return nil, fmt.Errorf("%w: no request to stage a send in", ErrNoHub)
	}
	d, err := x.hub.compose(ctx, topic, opts)
	if err != nil {
		return nil, err
	}
	if d.empty() {
		return nil, ErrNoContent
	}
	if err := d.render(ctx); err != nil {
		return nil, err
	}
	if err := x.hold(); err != nil {
		return nil, err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.staged = append(x.staged, d)
	return d, nil
}
