// Package logid makes the ids of logs that engines keep, and tells which of two
// came later.
package logid

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// stampMax bounds what is taken for a stamp, so that one more never overflows.
const stampMax = 1 << 60

// After returns a random id, which no other call returns and which comes later
// than those given: it begins with the milliseconds of now or, where clocks
// disagree, with one more than theirs.
func After(ids ...string) string {
	at := uint64(max(time.Now().UnixMilli(), 0))
	for _, id := range ids {
		at = max(at, stamp(id)+1)
	}
	return fmt.Sprintf("%013d-%s", at, rand.Text())
}

// Compare returns -1, 0 or +1 as x came before y, is y, or came later. An id that
// After did not return came before all that it did.
func Compare(x, y string) int {
	return cmp.Or(cmp.Compare(stamp(x), stamp(y)), cmp.Compare(x, y))
}

// stamp returns the milliseconds in an id, 0 for none.
func stamp(id string) uint64 {
	digits, _, _ := strings.Cut(id, "-")
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || n >= stampMax {
		return 0
	}
	return n
}
