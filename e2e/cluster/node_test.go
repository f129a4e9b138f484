package cluster_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/htmxrt/htmxrt/e2e/cluster"
	"github.com/htmxrt/htmxrt/htmxrt"
)

// key is that of all nodes.
var key = bytes.Repeat([]byte("k"), 32)

// node is one of the nodes: in this process, with a link to the engine, or in
// one of its own.
type node struct {
	t    testing.TB
	name string
	url  string
	link *link // nil for a process

	hub    *htmxrt.Hub
	broker *counted

	addr, engine string
	p            *process // nil for a node in this process
}

// open begins with the engine.
func (n *node) open(ctx context.Context, e *engine, logger *slog.Logger) error {
	broker, err := cluster.OpenBroker(ctx, e.url(n.link.addr()), logger)
	if err != nil {
		return err
	}
	n.broker = &counted{Broker: broker}
	n.hub, err = htmxrt.New(htmxrt.Options{Broker: n.broker, Key: key, Authorize: cluster.Open, Logger: logger})
	if err != nil {
		broker.Close()
	}
	return err
}

// newNode starts a node in this process. It ends with the test.
func newNode(t testing.TB, name string, e *engine) *node {
	t.Helper()
	n := &node{t: t, name: name, link: newLink(t, e.addr)}
	logger := slog.New(slog.NewTextHandler(t.Output(), nil)).With("node", name)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	// An engine on a busy disk may take longer for its first write than Open waits.
	for err := n.open(ctx, e, logger); err != nil; err = n.open(ctx, e, logger) {
		if ctx.Err() != nil {
			t.Fatal(err)
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: cluster.Handler(n.hub)}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }() // ended by the cleanup, which waits
	n.url = "http://" + listener.Addr().String()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := n.hub.Shutdown(ctx); err != nil {
			t.Errorf("%s: Shutdown: %v", name, err)
		}
		server.Close()
		<-served
	})
	return n
}

// newProcess starts a node in a process of its own.
func newProcess(t testing.TB, name string, e *engine) *node {
	t.Helper()
	n := &node{t: t, name: name, addr: freeAddr(t), engine: e.url(e.addr)}
	n.url = "http://" + n.addr
	n.start()
	return n
}

// start starts the process.
func (n *node) start() {
	n.t.Helper()
	n.p = start(n.t, "ready\n", build(n.t, "node", "-race"), "-addr", n.addr, "-broker", n.engine, "-key", string(key))
}

// sender returns one that sends at this node.
func (n *node) sender() *sender {
	if n.hub != nil {
		return newSender(n.name, func(ctx context.Context, text string) error {
			return n.hub.Send(ctx, topic, htmxrt.Text(text), htmxrt.Everyone())
		})
	}
	return newSender(n.name, func(ctx context.Context, text string) error {
		return post(ctx, n.url+"/send?to=everyone&topic="+topic, text, nil)
	})
}

// poster sends requests of senders, each on a connection of its own.
var poster = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// post sends text; another answer than 200 is an error.
func post(ctx context.Context, url, text string, header http.Header) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(text))
	if err != nil {
		return err
	}
	for name, values := range header {
		req.Header[name] = values
	}
	res, err := poster.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", res.Status, body)
	}
	return err
}

// counted counts what a hub asks its broker for.
type counted struct {
	htmxrt.Broker
	reads atomic.Int64
}

func (c *counted) Follow(ctx context.Context, after htmxrt.Position, deliver func(htmxrt.Position, htmxrt.Entry) error) error {
	c.reads.Add(1)
	return c.Broker.Follow(ctx, after, deliver)
}

func (c *counted) State(ctx context.Context) (htmxrt.LogState, error) {
	c.reads.Add(1)
	return c.Broker.State(ctx)
}
