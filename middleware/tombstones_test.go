package middleware

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

func TestTombstonesAreSwept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var stones tombstones
		for i := range 10 * tombstoneSweep {
			stones.add(strconv.Itoa(i))
			time.Sleep(tombstoneLife / tombstoneSweep)
		}
		if n := len(stones.deleted); n > 2*tombstoneSweep+1 {
			t.Errorf("%d tombstones are kept, want at most twice those of an hour", n)
		}
		if !stones.has(strconv.Itoa(10*tombstoneSweep-1)) || stones.has("0") {
			t.Error("the newest is forgotten, or the oldest is not")
		}
	})
}
