package main

import (
	"bufio"
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const address = "localhost:8080"

// The README says so.
func TestProgramHasAtMost45Lines(t *testing.T) {
	lines := 0
	for _, name := range []string{"main.go", "chat.templ"} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		lines += strings.Count(string(b), "\n")
	}
	if lines > 45 {
		t.Errorf("main.go and chat.templ have %d lines, want at most 45", lines)
	}
}

// The program is built and run as it is, but for its port.
func TestProgramServesAMessage(t *testing.T) {
	base := run(t)
	page := string(body(t, must(http.Get(base+"/"))))
	found := regexp.MustCompile(`data-sse-connect="([^"]+)"`).FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("no stream in the page %q", page)
	}
	script := regexp.MustCompile(`src="([^"]+)"`).FindStringSubmatch(page)
	if script == nil || len(body(t, must(http.Get(base+script[1])))) == 0 {
		t.Errorf("no script in the page %q", page)
	}
	stream := must(http.Get(base + html.UnescapeString(found[1])))(t)
	defer stream.Body.Close()

	body(t, must(http.PostForm(base+"/", url.Values{"text": {"1 < 2"}})))
	lines := bufio.NewScanner(stream.Body)
	for lines.Scan() {
		if data, ok := strings.CutPrefix(lines.Text(), "data: <p>"); ok {
			if data != "1 &lt; 2</p>" {
				t.Errorf("received %q", data)
			}
			return
		}
	}
	t.Errorf("the stream ended without the message: %v", lines.Err())
}

// must returns what gets the answer, or ends the test.
func must(answer *http.Response, err error) func(*testing.T) *http.Response {
	return func(t *testing.T) *http.Response {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s", answer.Request.URL.Path, answer.Status)
		}
		return answer
	}
}

func body(t *testing.T, get func(*testing.T) *http.Response) []byte {
	t.Helper()
	answer := get(t)
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// run builds the program with a free port and starts it.
func run(t *testing.T) (base string) {
	t.Helper()
	source, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(source), address) != 1 {
		t.Fatalf("main.go does not say %s once", address)
	}
	dir := t.TempDir()
	patched, overlay, program := filepath.Join(dir, "main.go"), filepath.Join(dir, "overlay.json"), filepath.Join(dir, "quickstart")
	write(t, patched, []byte(strings.Replace(string(source), address, "localhost:0", 1)))
	here, err := filepath.Abs("main.go")
	if err != nil {
		t.Fatal(err)
	}
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {here: patched}})
	if err != nil {
		t.Fatal(err)
	}
	write(t, overlay, replace)
	if out, err := exec.Command("go", "build", "-overlay", overlay, "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}

	server := exec.CommandContext(t.Context(), program)
	server.Stderr = t.Output()
	out, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Wait() }) // t.Context has ended by now
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if _, addr, ok := strings.Cut(lines.Text(), "http server started on "); ok { // Echo's
			return "http://" + addr
		}
	}
	t.Fatal("the program ended before it listened")
	return ""
}

func write(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(name, b, 0o666); err != nil {
		t.Fatal(err)
	}
}
