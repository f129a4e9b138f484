package cluster_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
)

// sender numbers its messages. Those whose send has failed may be in the log or
// not; the others must be.
type sender struct {
	name string
	send func(ctx context.Context, text string) error

	mu    sync.Mutex // guards the fields below
	pad   string     // added to texts
	fat   int        // the last number to which it is
	begun int        // the newest number that was tried
	acked map[int]bool
}

func newSender(name string, send func(ctx context.Context, text string) error) *sender {
	return &sender{name: name, send: send, acked: make(map[int]bool)}
}

// pace is the time between two messages of one sender.
const pace = 25 * time.Millisecond

// run sends until ctx ends.
func (s *sender) run(ctx context.Context) {
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			_, _ = s.next(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// next sends the next number, and returns it.
func (s *sender) next(ctx context.Context) (int, error) {
	s.mu.Lock()
	s.begun++
	n, pad := s.begun, ""
	if n <= s.fat {
		pad = s.pad
	}
	s.mu.Unlock()
	err := s.send(ctx, numbered(s.name, n)+pad)
	if err == nil {
		s.mu.Lock()
		s.acked[n] = true
		s.mu.Unlock()
	}
	return n, err
}

// numbered returns the text of message n of a sender.
func numbered(name string, n int) string { return fmt.Sprintf("%s %d ", name, n) }

// fatten makes the next messages larger by so many bytes, and returns the last
// one's number.
func (s *sender) fatten(messages, bytes int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pad, s.fat = strings.Repeat("x", bytes), s.begun+messages
	return s.fat
}

func (s *sender) newest() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.begun
}

// accepted returns whether each number's send has succeeded.
func (s *sender) accepted() map[int]bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make(map[int]bool, len(s.acked))
	for n := range s.acked {
		all[n] = true
	}
	return all
}
