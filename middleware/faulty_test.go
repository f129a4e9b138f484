package middleware_test

import (
	"errors"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2/memstore"
)

var errStore = errors.New("the store is on fire")

// faultyStore is a memory store that counts commits and fails when it is told to.
type faultyStore struct {
	*memstore.MemStore

	mu                 sync.Mutex // guards the fields below
	find, commit, drop error
	commits            int
	onCommit           func() // called once, within a commit, before it is done
}

func newFaultyStore() *faultyStore {
	return &faultyStore{MemStore: memstore.NewWithCleanupInterval(0)}
}

// fail makes finding, committing and deleting return errors, nil for none.
func (s *faultyStore) fail(find, commit, drop error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.find, s.commit, s.drop = find, commit, drop
}

// committed returns how often was committed since the last call.
func (s *faultyStore) committed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.commits
	s.commits = 0
	return n
}

func (s *faultyStore) has(token string) bool {
	_, ok, _ := s.MemStore.Find(token)
	return ok
}

func (s *faultyStore) Find(token string) ([]byte, bool, error) {
	s.mu.Lock()
	err := s.find
	s.mu.Unlock()
	if err != nil {
		return nil, false, err
	}
	return s.MemStore.Find(token)
}

func (s *faultyStore) Commit(token string, b []byte, expiry time.Time) error {
	s.mu.Lock()
	err, f := s.commit, s.onCommit
	s.commits++
	s.onCommit = nil
	s.mu.Unlock()
	if f != nil {
		f()
	}
	if err != nil {
		return err
	}
	return s.MemStore.Commit(token, b, expiry)
}

func (s *faultyStore) Delete(token string) error {
	s.mu.Lock()
	err := s.drop
	s.mu.Unlock()
	if err != nil {
		return err
	}
	return s.MemStore.Delete(token)
}
