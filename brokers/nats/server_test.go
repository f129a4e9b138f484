package nats_test

import (
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// engine is a NATS server in this process that keeps its streams in a folder.
type engine struct {
	t       *testing.T
	opts    server.Options
	address string // host and port
	server  *server.Server
}

func newEngine(t *testing.T, set ...func(*server.Options)) *engine {
	t.Helper()
	e := &engine{t: t, opts: server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true,
		JetStream: true, StoreDir: filepath.Join(t.TempDir(), "store"), MaxPayload: 8 << 20,
	}}
	for _, s := range set {
		s(&e.opts)
	}
	e.start()
	t.Cleanup(e.stop)
	addr := e.server.Addr().(*net.TCPAddr)
	e.opts.Port = addr.Port
	e.address = addr.String()
	return e
}

// start starts the server, at the address that it had before.
func (e *engine) start() {
	e.t.Helper()
	opts := e.opts
	s, err := server.NewServer(&opts)
	if err != nil {
		e.t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		s.Shutdown()
		e.t.Fatal("the server does not start")
	}
	e.server = s
}

func (e *engine) stop() {
	if e.server != nil {
		e.server.Shutdown()
		e.server.WaitForShutdown()
		e.server = nil
	}
}

func (e *engine) url() string { return e.server.ClientURL() }

func (e *engine) restart() {
	e.t.Helper()
	e.stop()
	e.start()
}

// wipe restarts the server without its data.
func (e *engine) wipe() {
	e.t.Helper()
	e.stop()
	if err := os.RemoveAll(e.opts.StoreDir); err != nil {
		e.t.Fatal(err)
	}
	e.start()
}

// snapshot restarts the server and returns what restarts it with the data that
// it has now.
func (e *engine) snapshot() (restore func()) {
	e.t.Helper()
	dir := e.t.TempDir()
	e.stop()
	if err := os.CopyFS(dir, os.DirFS(e.opts.StoreDir)); err != nil {
		e.t.Fatal(err)
	}
	e.start()
	return func() {
		e.t.Helper()
		e.stop()
		if err := os.RemoveAll(e.opts.StoreDir); err != nil {
			e.t.Fatal(err)
		}
		if err := os.CopyFS(e.opts.StoreDir, os.DirFS(dir)); err != nil {
			e.t.Fatal(err)
		}
		e.start()
	}
}

// admin is an operator's connection.
func (e *engine) admin(t *testing.T) jetstream.JetStream {
	t.Helper()
	conn, err := nats.Connect(e.url())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	return js
}

// edit changes the stream of an app, as an operator would.
func edit(t *testing.T, e *engine, app string, change func(*jetstream.StreamConfig)) {
	t.Helper()
	js := e.admin(t)
	s, err := js.Stream(t.Context(), "HTMXRT_"+app)
	if err != nil {
		t.Fatal(err)
	}
	cfg := s.CachedInfo().Config
	change(&cfg)
	if _, err := js.UpdateStream(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
}
