package redis

import (
	"context"
	"strconv"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// trim removes entries older than Options.MaxAge, but for the newest of them,
// which is State.Base. It goes by the milliseconds of the entries, which are the
// server's, so a node's wrong clock removes nothing; and by those of an entry
// that this follower has read, so it never removes what it still has to read.
// It does so only when a sixteenth of MaxAge, and a second, has passed since it
// last did. If it fails, the next one does it.
func (f *follower) trim(ctx context.Context) {
	age := uint64(f.b.opts.MaxAge.Milliseconds())
	step := max(age/16, uint64(time.Second.Milliseconds()))
	now := f.after.Hi
	if now < age || now < f.trimmed+step {
		return
	}
	f.trimmed = now
	c, done := f.b.call(ctx, f.b.timing.patience)
	defer done()
	answers, err := f.b.do(c, f.b.command("XREVRANGE", strconv.FormatUint(now-age, 10), "-", "COUNT", "1"))
	if err != nil {
		return
	}
	list, err := answers[0].AsXRangeSlices()
	if err != nil || len(list) == 0 {
		return
	}
	if base, err := parsePlace(list[0].ID); err == nil && base != (htmxrt.Position{}) {
		_, _ = f.b.do(c, f.b.command("XTRIM", "MINID", "=", formatPlace(base)))
	}
}
