package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"
)

// plan is what one run measures.
type plan struct {
	clients int           // open streams
	pairs   int           // turns of each system
	time    time.Duration // of each phase
	profile string        // folder for profiles; "" for none
}

// turnGrace is how much longer than its phases a turn may take: connecting,
// collecting garbage, and what is still under way when a phase ends.
const turnGrace = time.Minute

// check reports values that cannot be measured with.
func (p plan) check() error {
	switch {
	case p.clients < targetStreams:
		return fmt.Errorf("-clients is %d, want %d or more: the streams of the targeted user", p.clients, targetStreams)
	case p.pairs < 1:
		return fmt.Errorf("-pairs is %d, want 1 or more", p.pairs)
	case p.time < 10*time.Millisecond:
		return fmt.Errorf("-time is %v, want 10ms or more", p.time)
	}
	if p.profile == "" {
		return nil
	}
	if info, err := os.Stat(p.profile); err != nil {
		return fmt.Errorf("-profile: %w", err)
	} else if !info.IsDir() {
		return fmt.Errorf("-profile: %s is no folder", p.profile)
	}
	return nil
}

// run lets the systems take turns, so that what else the machine does meets
// both alike. It writes a line to progress before each turn.
func (p plan) run(ctx context.Context, progress io.Writer) (*report, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	r := &report{plan: p, samples: make(map[string][]sample)}
	for pair := range p.pairs {
		for _, name := range systemNames {
			fmt.Fprintf(progress, "pair %d of %d: %s\n", pair+1, p.pairs, name)
			s, err := p.turn(ctx, name)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			r.samples[name] = append(r.samples[name], s)
		}
	}
	return r, nil
}
