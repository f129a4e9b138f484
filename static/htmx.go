package static

import (
	"errors"
	"fmt"
)

// ErrNotBundled is returned for a major version of htmx whose scripts this
// package does not hold.
var ErrNotBundled = errors.New("static: not bundled")

// Htmx is the major version of htmx that a page runs. The zero value is Htmx2.
type Htmx int

const (
	// Htmx2 is htmx 2 with its sse extension, and idiomorph, which it has not
	// built in.
	Htmx2 Htmx = iota
	// Htmx4 is htmx 4 with its sse extension.
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

// Scripts returns the scripts that a page on v loads, in load order: htmx, the
// page script htmxrt.js, and what both need. The slice is the caller's. The
// error is [ErrNotBundled] for values that are no constant of this package.
func Scripts(v Htmx) ([]Asset, error) {
	switch v {
	case Htmx2:
		return []Asset{htmx2, page, htmx2SSE, idiomorph}, nil
	case Htmx4:
		return []Asset{htmx4, htmx4SSE, page}, nil
	}
	return nil, fmt.Errorf("%w: %v", ErrNotBundled, v)
}
