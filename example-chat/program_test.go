package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// shutdownLimit is how long the program may take to end with streams open.
const shutdownLimit = 2 * time.Second

func TestProgram(t *testing.T) {
	program := filepath.Join(t.TempDir(), "example-chat")
	goCommand(t, ".", "build", "-o", program, ".")

	t.Run("flags", func(t *testing.T) { testFlags(t, program) })
	for major, signal := range map[string]os.Signal{"2": os.Interrupt, "4": syscall.SIGTERM} {
		t.Run("htmx "+major+" shutdown on "+signal.String(), func(t *testing.T) {
			testShutdown(t, program, major, signal)
		})
	}
}

// goCommand runs the go tool in a folder, without the workspace.
func goCommand(t *testing.T, folder string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func testFlags(t *testing.T, program string) {
	file := filepath.Join(t.TempDir(), "chat.db")
	tests := []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"-nonsense"}, 2, "Usage of "},
		{[]string{"-htmx", "3"}, 2, "Usage of "},
		{[]string{"-htmx", "two"}, 2, "Usage of "},
		{[]string{"-broker", "kafka://127.0.0.1", "-db", file}, 1, "nats://host:4222 or redis://host:6379"},
		{[]string{"-broker", "nats://127.0.0.1:9", "-db", file}, 1, "127.0.0.1:9"},
		{[]string{"-broker", "redis://127.0.0.1:9", "-db", file}, 1, "127.0.0.1:9"},
		{[]string{"-broker", "redis://127.0.0.1:9", "-db", ":memory:"}, 1, "needs a -db file"},
		{[]string{"-db", ":memory:", "-addr", "localhost:nonsense"}, 1, "unknown port"},
		{[]string{"-db", filepath.Join(t.TempDir(), "no", "such", "folder.db")}, 1, "folder.db"},
	}
	for _, tt := range tests {
		t.Run(tt.args[0], func(t *testing.T) {
			cmd := exec.CommandContext(t.Context(), program, tt.args...)
			out, _ := cmd.CombinedOutput()
			if got := cmd.ProcessState.ExitCode(); got != tt.status || !bytes.Contains(out, []byte(tt.want)) {
				t.Errorf("%v = %d %q, want %d and %q", tt.args, got, out, tt.status, tt.want)
			}
		})
	}
}

// testShutdown sends a signal while three streams are open, of pages on a major
// of htmx.
func testShutdown(t *testing.T, program, major string, signal os.Signal) {
	url := ""
	cmd := exec.CommandContext(t.Context(), program,
		"-addr", "localhost:0", "-db", filepath.Join(t.TempDir(), "chat.db"), "-htmx", major)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscanf(line, "listening on %s\n", &url); err != nil || !strings.HasPrefix(url, "http://localhost:") {
		t.Fatalf("printed %q, want listening on http://localhost:PORT", line)
	}
	var streams []io.Reader
	for range 3 {
		streams = append(streams, openStream(t, url, "/htmx-"+major+"."))
	}
	start := time.Now()
	if err := cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	for _, stream := range streams {
		rest, err := io.ReadAll(stream)
		if err != nil || !bytes.Contains(rest, []byte("event: htmxrt-bye\n")) {
			t.Errorf("a stream ended with %q, %v; want htmxrt-bye and nil", rest, err)
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("ended with %v, want status 0", err)
	}
	if took := time.Since(start); took > shutdownLimit {
		t.Errorf("ended after %v, want at most %v", took, shutdownLimit)
	}
}

// openStream signs in and opens the stream of the lobby's page, which must
// contain script.
func openStream(t *testing.T, base, script string) io.Reader {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, Transport: &http.Transport{}}
	res, err := client.PostForm(base+"/login", url.Values{"name": {"Ada"}})
	if err != nil {
		t.Fatal(err)
	}
	_, page := read(t, res)
	found := connection.FindStringSubmatch(page)
	if found == nil || !strings.Contains(page, script) {
		t.Fatalf("signing in leads to %s, want a stream and %s:\n%s", res.Request.URL, script, page)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+html.UnescapeString(found[1]), nil)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stream.Body.Close() })
	return stream.Body
}
