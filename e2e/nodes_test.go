package e2e_test

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// The example chat on three nodes, as make cluster runs it, with a browser on one
// of them and two behind HAProxy, which knows no sticky sessions. They chat and
// see each other. Two nodes are killed, and nothing is lost.
func TestChatOnSeveralNodes(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"nats", "redis"} {
		t.Run(engine, func(t *testing.T) {
			c := startCluster(t, engine)
			bob := signIn(t, c.nodes[2].url, "Bob")
			people := []*member{bob, signIn(t, c.url, "Ann"), signIn(t, c.url, "Cleo")}
			said := []string{}
			say := func(m *member, text string) {
				t.Helper()
				m.say(text)
				said = append(said, text)
				for _, m := range people {
					m.awaitMessages(said...)
				}
			}
			for i, m := range people {
				m.console.allow(refusedNoise...)
				say(m, fmt.Sprintf("I am number %d", i))
			}
			for _, m := range people {
				m.awaitHere("Ann,Bob,Cleo")
			}
			ann := people[1]
			ann.typeIn("#message", "let me")
			bob.awaitTyping("Ann is typing…")
			ann.enter("#message", " think")
			said = append(said, "let me think")
			for _, m := range people {
				m.awaitMessages(said...)
				m.awaitTyping("")
			}
			for _, n := range []int{1, 3} {
				c.nodes[n].kill(t)
				for i, m := range people {
					say(m, fmt.Sprintf("number %d after node %d", i, n))
				}
			}
			for _, m := range people {
				m.awaitLive()
			}
		})
	}
}

// cluster is what scripts/cluster.sh runs.
type cluster struct {
	url   string // of HAProxy
	nodes map[int]clusterNode
}

type clusterNode struct {
	url     string
	process int
}

// kill ends a node without a warning, as a crash does.
func (n clusterNode) kill(t *testing.T) {
	t.Helper()
	if err := syscall.Kill(n.process, syscall.SIGKILL); err != nil {
		t.Fatalf("kill node %s: %v", n.url, err)
	}
}

var (
	nodeLine    = regexp.MustCompile(`^node (\d)\s+(http://\S+)\s+\(process (\d+)`)
	haproxyLine = regexp.MustCompile(`^HAProxy\s+(http://\S+)`)
)

// startCluster starts the script, which ends with the test.
func startCluster(t *testing.T, engine string) *cluster {
	t.Helper()
	script := exec.Command("bash", "../scripts/cluster.sh", engine)
	script.Env = append(os.Environ(), "PORT="+strconv.Itoa(portsInARow(t)))
	var complaint strings.Builder
	script.Stderr = &complaint
	out, err := script.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := script.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 100)
	go func() { // ends with the script
		defer close(lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			lines <- s.Text()
		}
	}()
	t.Cleanup(func() {
		script.Process.Signal(syscall.SIGTERM)
		for range lines { // until all it has started has ended
		}
		script.Wait() // tells of the signal
		if t.Failed() {
			t.Logf("the cluster says: %s", &complaint)
		}
	})
	c := &cluster{nodes: make(map[int]clusterNode)}
	for c.url == "" {
		line, ok := <-lines
		if !ok {
			script.Wait() // so that it has said all
			t.Fatalf("the cluster does not start: %s", &complaint)
		}
		if found := nodeLine.FindStringSubmatch(line); found != nil {
			n, _ := strconv.Atoi(found[1])
			process, _ := strconv.Atoi(found[3])
			c.nodes[n] = clusterNode{url: found[2], process: process}
		}
		if found := haproxyLine.FindStringSubmatch(line); found != nil {
			c.url = found[1]
		}
	}
	return c
}

// portsInARow returns a port that is free, with the ten behind it.
func portsInARow(t *testing.T) int {
	t.Helper()
search:
	for range 100 {
		first := 0
		for i := range 11 {
			port := 0 // any
			if i > 0 {
				port = first + i
			}
			l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
			if err != nil {
				continue search
			}
			defer l.Close() // all are held until the last is found
			if i == 0 {
				first = l.Addr().(*net.TCPAddr).Port
			}
		}
		return first
	}
	t.Fatal("no eleven free ports in a row")
	return 0
}
