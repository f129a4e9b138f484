package static

import (
	"errors"
	"fmt"
)

// ErrNotBundled is returned for a major version of htmx whose scripts this
// package does not hold.
var ErrNotBundled = errors.New("static: not bundled yet")

// Htmx is the major version of htmx that a page runs. The zero value is Htmx2.
type Htmx int

const (
	// Htmx2 is htmx 2 with its sse extension.
	Htmx2 Htmx = iota
	// Htmx4 is htmx 4. It is not bundled yet: [Scripts] returns an error for it.
	Htmx4
)

// String returns the name that users know, such as "htmx 2".
func (v Htmx) String() string {
	switch v {
	case Htmx2:
		return "htmx 2"
	case Htmx4:
		return "htmx 4"
	}
	return fmt.Sprintf("Htmx(%d)", int(v))
}

// Scripts returns the scripts that a page on v loads, in load order. The slice
// is the caller's. The error is [ErrNotBundled] for [Htmx4] and for values that
// are no constant of this package.
func Scripts(v Htmx) ([]Asset, error) {
	if v != Htmx2 {
		return nil, fmt.Errorf("%w: %v", ErrNotBundled, v)
	}
	return []Asset{htmx2, htmx2SSE}, nil
}
