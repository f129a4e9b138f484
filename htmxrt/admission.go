package htmxrt

import "sync"

// admission counts the streams of a hub: who may open another, and when the
// last one of a closed hub has ended.
type admission struct {
	limits Limits

	mu     sync.Mutex // guards the fields below
	open   map[*sink]struct{}
	held   map[holder]int
	closed bool
	idle   chan struct{} // closed when closed and nothing is open
}

// holder is who a stream counts for: the user or session, or the address.
type holder struct {
	Target
	ip string
}

func newAdmission(l Limits) *admission {
	return &admission{
		limits: l,
		open:   make(map[*sink]struct{}),
		held:   make(map[holder]int),
		idle:   make(chan struct{}),
	}
}

// enter counts the stream of s, or returns why there may be no further one.
func (a *admission) enter(s *sink, holders []holder) *control {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return byeDrain
	}
	if len(a.open) >= a.limits.Streams {
		return byeLimit
	}
	for _, by := range holders {
		most := a.limits.StreamsPerIdentity
		if by.ip != "" {
			most = a.limits.StreamsPerIP
		}
		if a.held[by] >= most {
			return byeLimit
		}
	}
	a.open[s] = struct{}{}
	for _, by := range holders {
		a.held[by]++
	}
	return nil
}

// leave undoes enter.
func (a *admission) leave(s *sink, holders []holder) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.open, s)
	for _, by := range holders {
		if a.held[by]--; a.held[by] == 0 {
			delete(a.held, by)
		}
	}
	if a.closed && len(a.open) == 0 {
		close(a.idle)
	}
}

// close lets nobody enter any more and returns a channel that is closed when
// everybody has left.
func (a *admission) close() <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.closed && len(a.open) == 0 {
		close(a.idle)
	}
	a.closed = true
	return a.idle
}

// abort cuts off what is being written to every stream.
func (a *admission) abort() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for s := range a.open {
		s.abort()
	}
}

func (a *admission) isClosed() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.closed
}
