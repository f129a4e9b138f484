package htmxrt

import (
	"slices"
	"testing"
)

func TestQueueIsFirstInFirstOutAndReusesItsMemory(t *testing.T) {
	var q queue[int]
	var want []int
	for i := range 10_000 {
		q.push(i)
		want = append(want, i)
		if i%3 != 0 || len(want) > 100 {
			q.pop()
			want = want[1:]
		}
		if q.len() != len(want) {
			t.Fatalf("len = %d, want %d", q.len(), len(want))
		}
	}
	var got []int
	for i := range q.len() {
		got = append(got, q.at(i))
	}
	if !slices.Equal(got, want) {
		t.Errorf("queue = %d, want %d", got, want)
	}
	if cap(q.items) > 1000 {
		t.Errorf("room for %d items, with at most 101 in it", cap(q.items))
	}
}
