package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// sample is what one turn of one system measured.
type sample struct {
	idle     rest
	one      flown // broadcast, the next message when all clients have the last
	sixteen  flown // broadcast, up to 16 messages on their way
	targeted flown // to the streams of one user
}

// rest is the cost of connections that nothing is sent to, in the server.
type rest struct {
	connections int
	usage       usage // more than with none
}

// flown is what a phase sent and what that cost the server.
type flown struct {
	sent       int
	deliveries int
	bytes      int64 // read by all clients, HTTP's chunks included
	elapsed    time.Duration
	usage      usage
}

// turn runs the phases against a new server of the named system.
func (p plan) turn(ctx context.Context, name string) (s sample, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, 4*p.time+turnGrace, errors.New("the turn takes too long"))
	defer cancel()
	server, err := start(ctx, name, p.profile)
	if err != nil {
		return s, err
	}
	defer func() {
		if ended := server.stop(); ended != nil {
			err = errors.Join(err, ended)
		}
		if err != nil && ctx.Err() != nil {
			err = errors.Join(context.Cause(ctx), err)
		}
	}()
	empty, err := server.usage("rest")
	if err != nil {
		return s, err
	}
	c, err := gather(ctx, server.addr, p.clients)
	if err != nil {
		return s, err
	}
	defer c.close()
	if err := server.await(p.clients); err != nil {
		return s, err
	}
	full, err := server.usage("rest")
	if err != nil {
		return s, err
	}
	s.idle = rest{connections: p.clients, usage: full.since(empty)}

	for _, phase := range []phase{
		{name: "one", verb: "broadcast", followers: p.clients, out: 1, result: &s.one},
		{name: "sixteen", verb: "broadcast", followers: p.clients, out: 16, result: &s.sixteen},
		{name: "targeted", verb: "target", followers: targetStreams, out: 1, result: &s.targeted},
	} {
		if err := p.fly(ctx, phase, server, c); err != nil {
			return s, fmt.Errorf("phase %s: %w", phase.name, err)
		}
	}
	return s, nil
}

// phase is one way of sending.
type phase struct {
	name      string
	verb      string // of the server's command that sends
	followers int    // clients that receive each message
	out       int    // messages on their way at once
	result    *flown
}

// fly runs one phase: a quarter of its time unmeasured, then all of it.
func (p plan) fly(ctx context.Context, ph phase, server *child, c *crowd) error {
	send := func(n int) error { return server.tell(ph.verb, n) }
	if _, err := c.fly(ctx, ph.followers, ph.out, p.time/4, send); err != nil {
		return err
	}
	before, err := server.profile(ph.name)
	if err != nil {
		return err
	}
	f, err := c.fly(ctx, ph.followers, ph.out, p.time, send)
	if err != nil {
		return err
	}
	after, err := server.usage("usage")
	if err != nil {
		return err
	}
	f.usage = after.since(before)
	*ph.result = f
	_, err = server.profile("")
	return err
}
