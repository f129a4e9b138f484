package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// server is the example chat as a process of its own, with nobody in it.
type server struct {
	url     string
	process *exec.Cmd
	folder  string // its program
}

// startChat builds the chat of the folder example-chat and starts it.
func startChat(ctx context.Context, source string) (*server, error) {
	folder, err := os.MkdirTemp("", "screenshots")
	if err != nil {
		return nil, err
	}
	s := &server{folder: folder}
	program := filepath.Join(folder, "example-chat")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, ".")
	build.Dir, build.Env = source, append(os.Environ(), "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("build the chat: %w\n%s", err, out), s.end())
	}
	s.process = exec.CommandContext(ctx, program, "-addr", "localhost:0", "-db", ":memory:", "-htmx", "4")
	out, err := s.process.StdoutPipe()
	if err == nil {
		err = s.process.Start()
	}
	if err != nil {
		return nil, errors.Join(err, s.end())
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	listens, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if !ok {
		return nil, errors.Join(fmt.Errorf("the chat says %q, want where it listens: %w", line, err), s.end())
	}
	s.url = listens
	return s, nil
}

// end ends the chat as a crash does, and removes its program. It may be called
// twice.
func (s *server) end() error {
	if s.process != nil && s.process.Process != nil {
		s.process.Process.Kill()
		s.process.Wait() // tells of the signal
		s.process = nil
	}
	return os.RemoveAll(s.folder)
}

// person is somebody who is signed in.
type person struct {
	server *server
	client *http.Client
}

func (s *server) signIn(name string) (*person, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	p := &person{server: s, client: &http.Client{Jar: jar, Timeout: 10 * time.Second}}
	return p, p.post("/login", "name", name)
}

// post sends a form of one field.
func (p *person) post(path, field, value string) error {
	res, err := p.client.PostForm(p.server.url+path, url.Values{field: {value}})
	if err != nil {
		return err
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusNoContent {
		return fmt.Errorf("POST %s: %s", path, res.Status)
	}
	return nil
}

var connects = regexp.MustCompile(`data-sse-connect="([^"]+)"`)

// stay keeps the lobby open, as a browser does, until ctx ends or the chat does.
func (p *person) stay(ctx context.Context) error {
	res, err := p.client.Get(p.server.url + "/rooms/lobby")
	if err != nil {
		return err
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	found := connects.FindSubmatch(page)
	if found == nil {
		return errors.New("the lobby has no stream")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.server.url+html.UnescapeString(string(found[1])), nil)
	if err != nil {
		return err
	}
	stream, err := (&http.Client{Jar: p.client.Jar}).Do(req)
	if err != nil {
		return err
	}
	go func() { // ends with the stream, which ends with the chat
		defer stream.Body.Close()
		io.Copy(io.Discard, stream.Body)
	}()
	return nil
}
