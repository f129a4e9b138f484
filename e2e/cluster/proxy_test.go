package cluster_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// proxyConfig is what docs advise: requests go round, a node is left when it
// says that it is not ready, and what could not be delivered goes to another.
const proxyConfig = `defaults
	mode http
	timeout connect 5s
	timeout client 60s
	timeout server 60s
	option redispatch 1
	retries 3
	retry-on conn-failure
	option httpchk GET /ready
	default-server inter 100ms fall 1 rise 1
listen cluster
	bind %s
	balance roundrobin
%s`

// newProxy starts an HAProxy in front of nodes and returns its URL.
func newProxy(t *testing.T, nodes []*node) string {
	t.Helper()
	var servers strings.Builder
	for _, n := range nodes {
		fmt.Fprintf(&servers, "\tserver %s %s check\n", n.name, n.addr)
	}
	addr := freeAddr(t)
	config := filepath.Join(t.TempDir(), "haproxy.cfg")
	if err := os.WriteFile(config, fmt.Appendf(nil, proxyConfig, addr, servers.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, "", "haproxy", "-db", "-f", config)
	return "http://" + addr
}
