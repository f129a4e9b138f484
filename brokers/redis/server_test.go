package redis

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/rueidis"
)

// guard bounds each wait of the tests.
const guard = 30 * time.Second

// server is a redis-server of the test's own.
type server struct {
	t       *testing.T
	dir     string
	port    int
	flags   []string
	process *exec.Cmd
	said    <-chan string
}

// newServer starts a server on a free port, with an append-only file or without
// anything that outlives it. It ends with the test.
func newServer(t *testing.T, flags ...string) *server {
	t.Helper()
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, dir: t.TempDir(), port: port, flags: flags}
	s.start()
	t.Cleanup(s.stop)
	return s
}

var persistent = []string{"--appendonly", "yes", "--appendfsync", "always"}

// start starts the process and waits until it says that it takes connections.
func (s *server) start() {
	s.t.Helper()
	var err error
	if s.process, s.said, err = launch(s.dir, s.port, s.flags...); err != nil {
		s.t.Fatal(err)
	}
	s.says("Ready to accept connections")
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// launch starts a redis-server, which saves nothing unless a flag says so, and
// returns its output line by line; of what nobody reads some is lost.
func launch(dir string, port int, flags ...string) (*exec.Cmd, <-chan string, error) {
	args := append([]string{
		"--bind", "127.0.0.1", "--port", strconv.Itoa(port), "--dir", dir, "--save", "", "--daemonize", "no",
	}, flags...)
	process := exec.Command("redis-server", args...)
	out, err := process.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := process.Start(); err != nil {
		return nil, nil, fmt.Errorf("redis-server (Debian: apt-get install redis-server): %w", err)
	}
	said := make(chan string, 1000)
	go func() { // ends with the process
		defer close(said)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			select {
			case said <- lines.Text():
			default:
			}
		}
	}()
	return process, said, nil
}

// says waits until the process has printed a line with text.
func (s *server) says(text string) {
	s.t.Helper()
	timer := time.NewTimer(guard)
	defer timer.Stop()
	for {
		select {
		case line, ok := <-s.said:
			if !ok {
				s.t.Fatalf("redis-server ended before it said %q", text)
			}
			if strings.Contains(line, text) {
				return
			}
		case <-timer.C:
			s.t.Fatalf("redis-server does not say %q within %v", text, guard)
		}
	}
}

// stop ends the process as a power failure does.
func (s *server) stop() {
	if s.process.ProcessState == nil {
		s.process.Process.Signal(syscall.SIGCONT)
		s.process.Process.Kill()
		s.process.Wait()
	}
}

// restart restarts the process, without its data if they are in memory only.
func (s *server) restart() {
	s.t.Helper()
	s.stop()
	s.start()
}

// reboot ends the process in an orderly way and starts it again.
func (s *server) reboot() {
	s.t.Helper()
	s.process.Process.Signal(syscall.SIGTERM)
	s.process.Wait()
	s.start()
}

// wipe restarts the process without its data.
func (s *server) wipe() {
	s.t.Helper()
	s.stop()
	if err := os.RemoveAll(s.dir); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Mkdir(s.dir, 0o700); err != nil {
		s.t.Fatal(err)
	}
	s.start()
}

func (s *server) pause()  { s.process.Process.Signal(syscall.SIGSTOP) }
func (s *server) resume() { s.process.Process.Signal(syscall.SIGCONT) }

// backup returns a copy of the data as they are.
func (s *server) backup() string {
	s.t.Helper()
	copied := filepath.Join(s.t.TempDir(), "backup")
	if err := os.CopyFS(copied, os.DirFS(s.dir)); err != nil {
		s.t.Fatal(err)
	}
	return copied
}

// restore restarts the server with the data of a backup.
func (s *server) restore(backup string) {
	s.t.Helper()
	s.stop()
	if err := os.RemoveAll(s.dir); err != nil {
		s.t.Fatal(err)
	}
	if err := os.CopyFS(s.dir, os.DirFS(backup)); err != nil {
		s.t.Fatal(err)
	}
	s.start()
}

func (s *server) addr() string { return fmt.Sprintf("127.0.0.1:%d", s.port) }
func (s *server) url() string  { return "redis://" + s.addr() }

// do executes a command over a connection of its own.
func (s *server) do(words ...string) rueidis.RedisMessage {
	s.t.Helper()
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{s.addr()}, ForceSingleClient: true, DisableCache: true, DisableRetry: true,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), guard)
	defer cancel()
	m, err := client.Do(ctx, client.B().Arbitrary(words...).Build()).ToMessage()
	if err != nil && !rueidis.IsRedisNil(err) {
		s.t.Fatalf("%s: %v", strings.Join(words, " "), err)
	}
	return m
}

// quick are times for tests that wait for them, on a machine that does much else.
var quick = timing{
	patience: 3 * time.Second,
	block:    500 * time.Millisecond,
	retryMin: 10 * time.Millisecond,
	retryMax: 100 * time.Millisecond,
}

// open returns a broker on the server, which closes with the test.
func (s *server) open(o Options) *Broker {
	s.t.Helper()
	if o.URL == "" {
		o.URL = s.url()
	}
	if o.Namespace == "" {
		o.Namespace = "test"
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	b, err := open(s.t.Context(), o, quick)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { b.Close() })
	return b
}
