package e2e_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// Streams through real reverse proxies, as their packages configure them.
func TestBehindProxy(t *testing.T) {
	t.Parallel()
	t.Run("nginx_like_buffering_proxy", behindNginx)
	t.Run("haproxy", behindHAProxy)
}

// nginxConfig proxies with the defaults, buffering among them, from port %[1]s
// to the server %[2]s. Below /deaf/ it does not listen to X-Accel-Buffering.
const nginxConfig = `daemon off; user root; pid nginx.pid; error_log stderr error;
events {}
http {
	access_log off;
	client_body_temp_path body; proxy_temp_path proxy;
	fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
	server {
		listen 127.0.0.1:%[1]s;
		location / { proxy_pass http://%[2]s; }
		location /deaf/ { proxy_pass http://%[2]s/; proxy_ignore_headers X-Accel-Buffering; }
	}
}`

func behindNginx(t *testing.T) {
	s := newSite(t, htmxrt.Options{})
	s.stream("/api/sse", "chat")
	s.page("/", `<div hx-ext="sse" sse-connect="/api/sse"><div id="chat" sse-swap="chat"></div></div>`)
	url := startProxy(t, "nginx", func(dir, port string) []string {
		config := fmt.Sprintf(nginxConfig, port, strings.TrimPrefix(s.url, "http://"))
		return []string{"-p", dir, "-c", configFile(t, dir, config)}
	})

	deaf := make(chan string, 1)
	go func() { deaf <- firstLine(t.Context(), url+"/deaf/api/sse") }() // ends with the test's context
	s.visits.await(t, "/api/sse", "the stream that is buffered opens", func(list []visit) bool {
		return len(list) == 1 && list[0].status == http.StatusOK
	})
	oneByOne(t, s, url)
	select {
	case line := <-deaf:
		t.Errorf("nginx does not buffer, so this proves nothing: %q came through", line)
	default:
	}

	p := newUser(t).open(url)
	p.awaitOpen(1)
	s.send("chat", htmxrt.Text("through nginx"))
	p.awaitText("#chat", "through nginx")
}

// haproxyConfig takes the listening socket as file descriptor 3.
const haproxyConfig = `defaults
	mode http
	timeout connect 5s
	timeout client 30s
	timeout server 30s
listen e2e
	bind fd@3
	server app %s
`

func behindHAProxy(t *testing.T) {
	s := newSite(t, htmxrt.Options{})
	s.stream("/api/sse", "chat")
	url := startProxy(t, "haproxy", func(dir, _ string) []string {
		config := fmt.Sprintf(haproxyConfig, strings.TrimPrefix(s.url, "http://"))
		return []string{"-db", "-f", configFile(t, dir, config)}
	})
	oneByOne(t, s, url)
}

// startProxy starts a proxy in a folder of its own and returns its URL. The
// socket is open before the process begins and handed to it, so that there is
// no port to lose and nothing to wait for. The process ends with the test.
func startProxy(t *testing.T, name string, arguments func(dir, port string) []string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("%v: make setup installs it", err)
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	socket, err := listener.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}

	cmd := exec.CommandContext(t.Context(), path, arguments(t.TempDir(), port)...)
	cmd.ExtraFiles = []*os.File{socket}        // file descriptor 3
	cmd.Env = append(os.Environ(), "NGINX=3;") // as nginx hands its own on
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second // then it is killed
	var complaint strings.Builder
	cmd.Stderr = &complaint
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // the context has ended
		cmd.Wait() // by the signal, which is no success
		if t.Failed() {
			t.Logf("%s: %s", name, complaint.String())
		}
	})
	return "http://" + listener.Addr().String()
}

// configFile writes a configuration into dir and returns its path.
func configFile(t *testing.T, dir, config string) string {
	t.Helper()
	path := filepath.Join(dir, "proxy.conf")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// oneByOne wants each of some messages through the proxy at url before the next
// one is sent, while the stream is open.
func oneByOne(t *testing.T, s *site, url string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	res, err := get(ctx, url+"/api/sse")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	stream := bufio.NewReader(res.Body)
	for await := `data: {"version":1,`; ; {
		line, err := stream.ReadString('\n')
		if err != nil {
			t.Fatalf("%q does not come: %v", await, err)
		}
		if !strings.HasPrefix(line, await) {
			continue
		}
		n := strings.Count(await, "x")
		if n == 5 {
			return
		}
		text := strings.Repeat("x", n+1)
		await = "data: " + text + "\n"
		s.send("chat", htmxrt.Text(text))
	}
}

// firstLine returns the first line of a response, or why there was none.
func firstLine(ctx context.Context, url string) string {
	res, err := get(ctx, url)
	if err != nil {
		return err.Error()
	}
	defer res.Body.Close()
	line, err := bufio.NewReader(res.Body).ReadString('\n')
	if err != nil {
		return err.Error()
	}
	return line
}

func get(ctx context.Context, url string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	return http.DefaultClient.Do(req)
}
