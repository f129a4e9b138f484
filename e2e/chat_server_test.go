package e2e_test

import (
	"bufio"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// chatEnd is how long the chat may take to end with streams open.
const chatEnd = 2 * time.Second

// chatServer is the example chat as a process of its own.
type chatServer struct {
	t         *testing.T
	program   string
	major     string // of htmx
	database  string
	url       string // once it has started
	process   *exec.Cmd
	complaint *strings.Builder
}

// buildChat builds the chat as its own module and returns the program's path.
func buildChat(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "example-chat")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", path, ".")
	build.Dir = "../example-chat"
	build.Env = append(build.Environ(), "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the chat: %v\n%s", err, out)
	}
	return path
}

// eachChat runs f for every major of htmx, with a chat of its own. When f ends,
// the chat is asked to end, with its streams open.
func eachChat(t *testing.T, program string, f func(t *testing.T, chat *chatServer)) {
	for _, major := range []string{"2", "4"} {
		t.Run("htmx"+major, func(t *testing.T) {
			chat := &chatServer{t: t, program: program, major: major, database: filepath.Join(t.TempDir(), "chat.db")}
			chat.start()
			t.Cleanup(chat.end)
			f(t, chat)
		})
	}
}

// start starts the chat, where it was before if it was.
func (c *chatServer) start() {
	c.t.Helper()
	address := "localhost:0"
	if u, err := url.Parse(c.url); err == nil && c.url != "" {
		address = u.Host
	}
	c.process = exec.Command(c.program, "-addr", address, "-db", c.database, "-htmx", c.major)
	out, err := c.process.StdoutPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	c.complaint = &strings.Builder{}
	c.process.Stderr = c.complaint
	if err := c.process.Start(); err != nil {
		c.t.Fatal(err)
	}
	first := make(chan string, 1)
	go func() { // ends with the process, which end or kill ends
		line, _ := bufio.NewReader(out).ReadString('\n')
		first <- line
	}()
	line := within(c.t, first, "the chat says where it listens")
	listens, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if !ok {
		c.process.Process.Kill()
		c.process.Wait()
		c.t.Fatalf("the chat says %q, want listening on …; %s", line, c.complaint)
	}
	c.url = listens
}

// kill ends the chat without a warning, as a crash does.
func (c *chatServer) kill() {
	c.t.Helper()
	if err := c.process.Process.Kill(); err != nil {
		c.t.Fatal(err)
	}
	c.process.Wait() // tells of the signal
}

// end ends the chat by a signal, as a deploy does.
func (c *chatServer) end() {
	ended := make(chan error, 1)
	begin := time.Now()
	if err := c.process.Process.Signal(syscall.SIGTERM); err != nil {
		c.t.Errorf("end the chat: %v", err)
	}
	go func() { ended <- c.process.Wait() }() // ends with the process
	select {
	case err := <-ended:
		if err != nil {
			c.t.Errorf("the chat ended with %v; %s", err, c.complaint)
		}
		if took := time.Since(begin); took > chatEnd {
			c.t.Errorf("the chat took %v to end, want %v at most", took, chatEnd)
		}
	case <-time.After(patience):
		c.process.Process.Kill()
		c.t.Errorf("the chat does not end")
	}
	if c.t.Failed() {
		c.t.Logf("the chat says: %s", c.complaint)
	}
}
