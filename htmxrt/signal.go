package htmxrt

import "sync"

// signal wakes all who wait for a change. Take the channel of wait, look, and
// only then receive: a change after the look closes it. The zero signal works.
type signal struct {
	mu sync.Mutex // guards the field below
	ch chan struct{}
}

// wait returns a channel that is closed at the next raise.
func (s *signal) wait() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ch == nil {
		s.ch = make(chan struct{})
	}
	return s.ch
}

func (s *signal) raise() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ch != nil {
		close(s.ch)
		s.ch = nil
	}
}
