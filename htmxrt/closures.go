package htmxrt

import (
	"crypto/rand"
	"sync"
)

// closures keeps the closures of published Filter sends until their entries
// come back from the log.
type closures struct {
	mu   sync.Mutex // guards the field below
	byID map[[16]byte]*localFilter
}

func (s *closures) put(id [16]byte, f *localFilter) {
	if f == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID == nil {
		s.byID = make(map[[16]byte]*localFilter)
	}
	s.byID[id] = f
}

// take returns the closure of an entry once, nil if there is none.
func (s *closures) take(id [16]byte) *localFilter {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.byID[id]
	delete(s.byID, id)
	return f
}

func newEntryID() (id [16]byte) {
	rand.Read(id[:]) // never fails, see crypto/rand
	return id
}
