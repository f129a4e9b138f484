package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// child is a server in a process of its own, so that what the system under
// measurement uses is all that the process uses. It is not safe for concurrent
// use.
type child struct {
	addr    string
	cmd     *exec.Cmd
	in      io.WriteCloser
	replies *json.Decoder
	stderr  bytes.Buffer // what the process says; complete after stop
}

// start starts this program again as a server of the named system. When ctx
// ends the process is killed. The caller must call stop.
func start(ctx context.Context, system, profile string) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &child{cmd: exec.CommandContext(ctx, self, serveVerb, "-system", system, "-profile", profile)}
	c.cmd.WaitDelay = 10 * time.Second
	c.cmd.Stderr = &c.stderr
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.replies = json.NewDecoder(out)
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	first, err := c.read()
	if err != nil {
		return nil, errors.Join(err, c.stop())
	}
	c.addr = first.Addr
	return c, nil
}

// stop ends the process and waits for it. Its error holds what the process said.
func (c *child) stop() error {
	c.in.Close() // the process ends where its commands end
	err := c.cmd.Wait()
	if said := bytes.TrimSpace(c.stderr.Bytes()); err != nil && len(said) > 0 {
		return fmt.Errorf("server: %w: %s", err, said)
	} else if err != nil {
		return fmt.Errorf("server: %w", err)
	}
	return nil
}

// tell gives a command that has no reply.
func (c *child) tell(verb string, n int) error {
	_, err := fmt.Fprintf(c.in, "%s %d\n", verb, n)
	return err
}

// usage gives one of the commands usage and rest.
func (c *child) usage(verb string) (usage, error) { return c.ask(verb) }

// await returns when n streams follow.
func (c *child) await(n int) error {
	_, err := c.ask(fmt.Sprintf("await %d", n))
	return err
}

// profile begins the profile of a phase, "" for none, and returns the usage
// before it.
func (c *child) profile(phase string) (usage, error) { return c.ask("profile " + phase) }

func (c *child) ask(command string) (usage, error) {
	if _, err := fmt.Fprintln(c.in, command); err != nil {
		return usage{}, fmt.Errorf("%s: %w", command, err)
	}
	r, err := c.read()
	if err != nil {
		return usage{}, fmt.Errorf("%s: %w", command, err)
	}
	return r.Usage, nil
}

func (c *child) read() (reply, error) {
	var r reply
	if err := c.replies.Decode(&r); err != nil {
		return r, fmt.Errorf("read the server's reply: %w", err)
	}
	return r, nil
}
