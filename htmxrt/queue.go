package htmxrt

// queue is a first-in first-out list with access by index. Its memory is
// reused: pushing and popping cost constant time, amortised. The zero queue is
// empty. It is not safe for concurrent use.
type queue[T any] struct {
	items []T
	head  int // items before it were popped and are zero
}

func (q *queue[T]) len() int { return len(q.items) - q.head }

func (q *queue[T]) at(i int) T { return q.items[q.head+i] }

func (q *queue[T]) push(item T) { q.items = append(q.items, item) }

// pop drops the oldest item; there must be one.
func (q *queue[T]) pop() {
	var zero T
	q.items[q.head] = zero
	q.head++
	if q.head*2 > len(q.items) { // half is unused: move the rest to the front
		n := copy(q.items, q.items[q.head:])
		clear(q.items[n:])
		q.items = q.items[:n]
		q.head = 0
	}
}
