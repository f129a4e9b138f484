package main

import (
	"math"
	"testing"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// many is as many clients as the race detector allows, which gives up at 8,128
// goroutines, and few what a scan of many would stand out against.
const few, many = 100, 7000

// TestSendToUserCostsTheSameAmongManyClients: a message is matched through an
// index. A scan that allocates shows in the allocations of a send; one that
// does not, in its time. The shortest of many sends is what neither the
// scheduler nor the garbage collector nor other programs had a part in, so that
// it varies little; a scan of many clients makes each of them ten times longer
// and more (measured).
func TestSendToUserCostsTheSameAmongManyClients(t *testing.T) {
	fewAllocs, fewTime := costToUser(t, few)
	manyAllocs, manyTime := costToUser(t, many)
	if manyAllocs > fewAllocs+2 {
		t.Errorf("a send allocates %v times among %d clients and %v times among %d, want no more",
			manyAllocs, many, fewAllocs, few)
	}
	if manyTime > 4*fewTime {
		t.Errorf("a send takes %v among %d clients and %v among %d, want about the same",
			manyTime, many, fewTime, few)
	}
}

// costToUser returns what a send to one among so many clients allocates on
// average, its delivery included, and how long the fastest one takes.
func costToUser(t *testing.T, clients int) (allocs float64, fastest time.Duration) {
	h := newHouse(t, clients)
	fastest = math.MaxInt64
	allocs = testing.AllocsPerRun(500, func() {
		began := time.Now()
		h.send(t, 1, htmxrt.HTML(html), htmxrt.ToUser("user7"))
		fastest = min(fastest, time.Since(began))
	})
	return allocs, fastest
}
