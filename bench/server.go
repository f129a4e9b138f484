package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// serveVerb is the argument that makes this program a server, see start.
const serveVerb = "serve"

// served reports whether this process was started as a server, after it has
// been one. It ends the process on an error.
func served() bool {
	if len(os.Args) < 2 || os.Args[1] != serveVerb {
		return false
	}
	if err := serve(os.Args[2:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return true
}

// server is a system on a loopback port, led by commands.
type server struct {
	system   system
	profiler *profiler
	replies  *json.Encoder
}

// reply answers a command that asks. Its fields are exported for encoding/json.
type reply struct {
	Addr  string `json:",omitempty"` // of the first reply, which no command asked for
	Usage usage
}

// serve runs a server until in ends, which its starter's end brings about too.
func serve(args []string, in io.Reader, out io.Writer) (err error) {
	flags := flag.NewFlagSet(serveVerb, flag.ContinueOnError)
	name := flags.String("system", "", "what to serve")
	folder := flags.String("profile", "", "folder for profiles")
	if err := flags.Parse(args); err != nil {
		return err
	}
	s := &server{profiler: newProfiler(*folder, *name), replies: json.NewEncoder(out)}
	if s.system, err = newSystem(*name); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	web := &http.Server{Handler: s.system, ReadHeaderTimeout: 10 * time.Second}
	stopped := make(chan error, 1)
	go func() { stopped <- web.Serve(listener) }() // ends with web.Close below, which waits on stopped
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		err = errors.Join(err, s.system.close(ctx), web.Close())
		if ended := <-stopped; !errors.Is(ended, http.ErrServerClosed) {
			err = errors.Join(err, ended)
		}
	}()
	if err := s.replies.Encode(reply{Addr: listener.Addr().String()}); err != nil {
		return err
	}
	commands := bufio.NewScanner(in)
	for commands.Scan() {
		if err := s.obey(commands.Text()); err != nil {
			return fmt.Errorf("%s: %w", commands.Text(), err)
		}
	}
	return commands.Err()
}

// obey carries out one command. Those that send have no reply: what arrives at
// the clients is one.
func (s *server) obey(command string) error {
	ctx := context.Background()
	verb, operand, _ := strings.Cut(command, " ")
	switch verb {
	case "broadcast":
		return times(operand, func() error { return s.system.broadcast(ctx) })
	case "target":
		return times(operand, func() error { return s.system.target(ctx) })
	case "await":
		if err := s.await(operand); err != nil {
			return err
		}
		return s.answer(readUsage)
	case "usage":
		return s.answer(readUsage)
	case "rest":
		return s.answer(readRest)
	case "profile":
		if err := s.profiler.begin(operand); err != nil {
			return err
		}
		return s.answer(readUsage)
	}
	return errors.New("unknown command")
}

func times(operand string, do func() error) error {
	n, err := strconv.Atoi(operand)
	if err != nil {
		return err
	}
	for range n {
		if err := do(); err != nil {
			return err
		}
	}
	return nil
}

// await waits until there are as many streams as operand says. A response's
// head tells a client that it is served, not yet that it follows.
func (s *server) await(operand string) error {
	want, err := strconv.Atoi(operand)
	if err != nil {
		return err
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	late := time.NewTimer(30 * time.Second)
	defer late.Stop()
	for s.system.streams() != want {
		select {
		case <-tick.C:
		case <-late.C:
			return fmt.Errorf("there are %d streams, want %d", s.system.streams(), want)
		}
	}
	return nil
}

func (s *server) answer(read func() (usage, error)) error {
	u, err := read()
	if err != nil {
		return err
	}
	return s.replies.Encode(reply{Usage: u})
}
