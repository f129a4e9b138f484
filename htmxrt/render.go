package htmxrt

import (
	"context"
	"fmt"
	"io"
	"reflect"

	"github.com/a-h/templ"
)

// render renders d's content into its body, in a context for its audience.
func (d *draft) render(ctx context.Context) error {
	ctx = audienceContext(ctx, d.self)
	out := &cappedBuffer{limit: d.limit}
	if d.fragment != nil {
		if err := renderSafely(ctx, out, d.fragment.render); err != nil {
			return err
		}
	}
	for _, v := range d.verbs {
		if err := renderSafely(ctx, out, v.render); err != nil {
			return err
		}
	}
	d.body = out.bytes
	return nil
}

// renderSafely turns a panic of a component into an error.
func renderSafely(ctx context.Context, w io.Writer, render func(context.Context, io.Writer) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: render: panic: %v", ErrContent, p)
		}
	}()
	if err := render(ctx, w); err != nil {
		return fmt.Errorf("%w: render: %w", ErrContent, err)
	}
	return nil
}

// cappedBuffer is a buffer that refuses to grow over its limit.
type cappedBuffer struct {
	bytes []byte
	limit int
}

func (b *cappedBuffer) Write(p []byte) (int, error) {
	if err := b.room(len(p)); err != nil {
		return 0, err
	}
	b.bytes = append(b.bytes, p...)
	return len(p), nil
}

// WriteString spares callers of io.WriteString a copy.
func (b *cappedBuffer) WriteString(s string) (int, error) {
	if err := b.room(len(s)); err != nil {
		return 0, err
	}
	b.bytes = append(b.bytes, s...)
	return len(s), nil
}

func (b *cappedBuffer) room(n int) error {
	if len(b.bytes)+n > b.limit {
		return fmt.Errorf("%w: content over %d bytes", ErrTooLarge, b.limit)
	}
	return nil
}

// audienceContext is the context in which a component is rendered for others:
// the application's values remain, what belongs to the sender's request is
// hidden. templ keeps mutable state in a context (children, CSS classes and
// once-handles already written), so that a component rendered with a page's
// context would miss them, and so would the page; it is hidden in any case.
func audienceContext(ctx context.Context, self bool) context.Context {
	hidden := isolated{Context: context.WithoutCancel(ctx), self: self}
	if !self {
		return hidden
	}
	return templ.WithNonce(hidden, templ.GetNonce(ctx))
}

type isolated struct {
	context.Context
	self bool // the sender is the whole audience
}

// templPackage and scsPackage own the types of the context keys under which
// templ keeps its state and scs its sessions.
const (
	templPackage = "github.com/a-h/templ"
	scsPackage   = "github.com/alexedwards/scs/v2"
)

func (c isolated) Value(key any) any {
	switch key.(type) {
	case exchangeKey:
		return nil
	case identityKey, sessionKey, secretsKey:
		if !c.self {
			return nil
		}
	}
	switch reflect.TypeOf(key).PkgPath() {
	case templPackage:
		return nil
	case scsPackage:
		if !c.self {
			return nil
		}
	}
	return c.Context.Value(key)
}
