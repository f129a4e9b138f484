package cluster_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/redis/rueidis"

	"github.com/htmxrt/htmxrt/e2e/cluster"
)

// kind is one of the engines.
type kind struct {
	name  string
	ready string // what its program says when it takes connections
	// command returns the program and its arguments.
	command func(t testing.TB, addr, dir string) (path string, args []string)
	// remove removes the log as an operator's mistake does.
	remove func(ctx context.Context, addr string) error
}

var kinds = []kind{
	{
		name: "nats", ready: "ready",
		command: func(t testing.TB, addr, dir string) (string, []string) {
			return build(t, "natsd"), []string{"-addr", addr, "-dir", dir}
		},
		remove: func(ctx context.Context, addr string) error {
			conn, err := nats.Connect("nats://" + addr)
			if err != nil {
				return err
			}
			defer conn.Close()
			js, err := jetstream.New(conn)
			if err != nil {
				return err
			}
			return js.DeleteStream(ctx, "HTMXRT_"+cluster.Namespace)
		},
	},
	{
		name: "redis", ready: "Ready to accept connections",
		command: func(_ testing.TB, addr, dir string) (string, []string) {
			host, port, _ := net.SplitHostPort(addr)
			return "redis-server", []string{
				"--bind", host, "--port", port, "--dir", dir, "--save", "", "--daemonize", "no",
				"--appendonly", "yes", "--appendfsync", "always",
			}
		},
		remove: func(ctx context.Context, addr string) error {
			return askRedis(ctx, addr, "DEL", "{"+cluster.Namespace+"}:htmxrt:log")
		},
	},
}

// askRedis executes a command over a connection of its own.
func askRedis(ctx context.Context, addr string, words ...string) error {
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{addr}, ForceSingleClient: true, DisableCache: true, DisableRetry: true,
	})
	if err != nil {
		return err
	}
	defer client.Close()
	return client.Do(ctx, client.B().Arbitrary(words...).Build()).Error()
}

// engine is a server of the test's own, which keeps its data in a folder.
type engine struct {
	t    testing.TB
	kind kind
	addr string
	dir  string
	p    *process
}

func newEngine(t testing.TB, k kind) *engine {
	t.Helper()
	e := &engine{t: t, kind: k, addr: freeAddr(t), dir: filepath.Join(t.TempDir(), "data")}
	e.start()
	return e
}

// url is the engine's, reached at an address.
func (e *engine) url(addr string) string { return e.kind.name + "://" + addr }

func (e *engine) start() {
	e.t.Helper()
	if err := os.MkdirAll(e.dir, 0o700); err != nil {
		e.t.Fatal(err)
	}
	path, args := e.kind.command(e.t, e.addr, e.dir)
	e.p = start(e.t, e.kind.ready, path, args...)
}

func (e *engine) restart() {
	e.t.Helper()
	e.p.kill()
	e.start()
}

// wipe restarts the engine without its data.
func (e *engine) wipe() {
	e.t.Helper()
	e.p.kill()
	if err := os.RemoveAll(e.dir); err != nil {
		e.t.Fatal(err)
	}
	e.start()
}

func (e *engine) pause()  { e.p.signal(syscall.SIGSTOP) }
func (e *engine) resume() { e.p.signal(syscall.SIGCONT) }

// backup copies the data as they are in one moment, and returns what restarts
// the engine with them.
func (e *engine) backup() (restore func()) {
	e.t.Helper()
	copied := filepath.Join(e.t.TempDir(), "backup")
	e.pause()
	err := os.CopyFS(copied, os.DirFS(e.dir))
	e.resume()
	if err != nil {
		e.t.Fatal(err)
	}
	return func() {
		e.t.Helper()
		e.p.kill()
		if err := os.RemoveAll(e.dir); err != nil {
			e.t.Fatal(err)
		}
		if err := os.CopyFS(e.dir, os.DirFS(copied)); err != nil {
			e.t.Fatal(err)
		}
		e.start()
	}
}

func (e *engine) remove(ctx context.Context) {
	e.t.Helper()
	if err := e.kind.remove(ctx, e.addr); err != nil {
		e.t.Fatalf("remove the log: %v", err)
	}
}
