package e2e_test

import (
	"math/rand/v2"
	"testing"
	"time"
)

// The numbers of TestStorm.
const (
	stormMessages = 2000 // at least
	stormTrouble  = 60   // times that something goes wrong
	stormPatience = 40 * time.Second
)

// Thousands of messages reach a page whose stream is cut, ended, silenced and
// refused, and whose tab is hidden and shown, at random: all of them are on
// screen, each once, in order.
func TestStorm(t *testing.T) {
	t.Parallel()
	onEach(t, scripted, func(t *testing.T, c client) {
		const seed = 7
		s := &storm{scene: newScene(t, c, setting{speed: haste}), random: rand.New(rand.NewPCG(seed, seed))}
		s.tab.console.allow(refusedNoise...)
		for s.note(0) < stormMessages {
			s.trouble()
			s.burst()
			if s.random.IntN(4) == 0 {
				s.calm()
			}
		}
		s.calm()
		s.settle()
		t.Logf("%d messages, %d requests for streams, seed %d", s.note(0), len(s.streams()), seed)
		for _, want := range []string{"cut", "end", "silence", "refuse", "hide"} {
			if s.done[want] == 0 {
				t.Errorf("there was no %s", want)
			}
		}
	})
}

// storm is a scene under random trouble. Its random numbers repeat; the moments
// at which the browser comes back do not.
type storm struct {
	*scene
	random *rand.Rand
	done   map[string]int
	hidden bool
}

// burst says some things, most of them with room for the browser in between.
func (s *storm) burst() {
	s.t.Helper()
	for range 1 + s.random.IntN(4) {
		s.say(1 + s.random.IntN(2*stormMessages/stormTrouble/3))
		if s.random.IntN(2) == 0 {
			s.pass(time.Duration(s.random.IntN(40)) * time.Millisecond)
		}
	}
}

// trouble does one thing to the stream or to the tab.
func (s *storm) trouble() {
	s.t.Helper()
	kinds := []struct {
		name string
		do   func()
	}{
		{"cut", func() { s.gate.cut(s.t) }},
		{"end", func() { s.gate.end(s.t) }},
		{"silence", func() { s.gate.silence(); s.burst(); s.gate.cut(s.t) }},
		{"refuse", s.refuse},
		{"hide", s.turn},
	}
	kind := kinds[s.random.IntN(len(kinds))]
	if s.done == nil {
		s.done = make(map[string]int)
	}
	s.done[kind.name]++
	kind.do()
}

// refuse cuts the stream and refuses some of its returns.
func (s *storm) refuse() {
	var next []ruling
	for range 1 + s.random.IntN(3) {
		next = append(next, refusals[s.random.IntN(len(refusals))].rule)
	}
	if s.random.IntN(3) == 0 {
		next = append(next, hangUp)
	}
	s.gate.script(nil, next...)
	s.gate.cut(s.t)
}

// turn hides the tab, or shows it.
func (s *storm) turn() {
	s.t.Helper()
	script := hide
	if s.hidden {
		script = show
	}
	s.hidden = !s.hidden
	eval[bool](s.tab, script)
}

// calm lets all through and waits for the page to show it.
func (s *storm) calm() {
	s.t.Helper()
	s.gate.set(nil)
	if s.hidden {
		s.turn()
	}
	s.awaitAll(stormPatience)
	s.gate.awaitOpen(s.t, 1)
}
