package cluster_test

import (
	"bytes"
	"math/rand/v2"
	"net"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds each wait but those of the rows that last longer.
const patience = 60 * time.Second

// process is a program that a test started. It ends with the test.
type process struct {
	name string
	cmd  *exec.Cmd
	out  *herald
	over chan struct{} // closed when it has ended
}

// start starts a program and waits until its output has a text, "" for none.
func start(t testing.TB, ready, path string, args ...string) *process {
	t.Helper()
	p := &process{
		name: filepath.Base(path),
		cmd:  exec.Command(path, args...),
		out:  &herald{text: ready, seen: make(chan struct{})},
		over: make(chan struct{}),
	}
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // when the tests are killed
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("%v (make setup installs it)", err)
	}
	go func() { // until the process ends, which kill and terminate wait for
		defer close(p.over)
		_ = p.cmd.Wait() // ended by a signal
	}()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("%s: %s", p.name, p.out)
		}
	})
	if ready == "" {
		return p
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-p.out.seen:
	case <-p.over:
		t.Fatalf("%s has ended: %s", p.name, p.out)
	case <-timer.C:
		t.Fatalf("%s is not ready after %v: %s", p.name, patience, p.out)
	}
	return p
}

// kill ends the process as a power failure does. It may be called again.
func (p *process) kill() {
	p.signal(syscall.SIGCONT)
	p.signal(syscall.SIGKILL)
	<-p.over
}

func (p *process) signal(s syscall.Signal) {
	_ = p.cmd.Process.Signal(s) // it may have ended
}

// terminate asks the process to end and waits until it has.
func (p *process) terminate(t *testing.T) {
	t.Helper()
	p.signal(syscall.SIGTERM)
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-p.over:
		if !p.cmd.ProcessState.Success() {
			t.Errorf("%s: %v: %s", p.name, p.cmd.ProcessState, p.out)
		}
	case <-timer.C:
		t.Fatalf("%s has not ended %v after SIGTERM: %s", p.name, patience, p.out)
	}
}

// herald is an output in which a text is awaited. It keeps the last outputMax bytes.
type herald struct {
	text string
	seen chan struct{} // closed when the text has come

	mu   sync.Mutex // guards the fields below
	all  bytes.Buffer
	done bool
}

const outputMax = 2 << 10

func (h *herald) Write(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all.Write(b)
	if !h.done && bytes.Contains(h.all.Bytes(), []byte(h.text)) {
		h.done = true
		close(h.seen)
	}
	if h.done && h.all.Len() > outputMax {
		h.all.Next(h.all.Len() - outputMax)
	}
	return len(b), nil
}

func (h *herald) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.all.String()
}

// freeAddr returns an address on which nobody listens. Its port is below those
// that the system gives to connections (32768), so that a server which is
// restarted finds it free.
func freeAddr(t testing.TB) string {
	t.Helper()
	for range 100 {
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(10_000+rand.N(22_000)))
		if l, err := net.Listen("tcp", addr); err == nil {
			l.Close()
			return addr
		}
	}
	t.Fatal("no free port")
	return ""
}

// build returns the path of a program of this module, built once for all tests.
// The race detector is for nodes, which are what is tested.
func build(t testing.TB, name string, flags ...string) string {
	t.Helper()
	programs.Lock()
	defer programs.Unlock()
	if path := programs.paths[name]; path != "" {
		return path
	}
	path := filepath.Join(programs.dir, name)
	out, err := exec.Command("go", append(append([]string{"build", "-o", path}, flags...), "./"+name)...).CombinedOutput()
	if err != nil {
		t.Fatalf("go build ./%s: %v\n%s", name, err, out)
	}
	programs.paths[name] = path
	return path
}

// programs are those that were built, in a folder that TestMain removes.
var programs = struct {
	sync.Mutex
	dir   string
	paths map[string]string
}{paths: make(map[string]string)}
