package logid_test

import (
	"fmt"
	"testing"

	"github.com/htmxrt/htmxrt/internal/logid"
)

// Whatever the clocks and whatever somebody wrote by hand, the next id is later
// than all that its maker knew: nodes that make ids in turn come to an end.
func TestAfterIsLater(t *testing.T) {
	ids := []string{
		"", "by-hand", "-", "99999999999999-of a clock that is wrong",
		fmt.Sprint(uint64(1)<<60, "-too late"), "18446744073709551615-too late",
	}
	for range 100 {
		next := logid.After(ids...)
		for _, id := range ids {
			if logid.Compare(next, id) != 1 || logid.Compare(id, next) != -1 {
				t.Fatalf("%q is not later than %q", next, id)
			}
		}
		if logid.Compare(next, next) != 0 {
			t.Fatalf("%q is another than itself", next)
		}
		if len(ids) < 50 {
			ids = append(ids, next)
		}
	}
}
