package htmxrt_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

// clusterKey is the key of all nodes on one log.
var clusterKey = bytes.Repeat([]byte("k"), 32)

// cluster is a log in memory that nodes share.
type cluster struct{ log *htmxrt.MemoryBroker }

func newCluster(t *testing.T, bounds htmxrt.Window) *cluster {
	c := &cluster{log: htmxrt.NewMemoryBroker(bounds)}
	t.Cleanup(func() { c.log.Close() }) // behind those of the nodes
	return c
}

// broker returns a connection to the log.
func (c *cluster) broker() htmxrt.Broker { return keepOpen{shared{c.log}} }

// node starts a node with opts on the log.
func (c *cluster) node(t *testing.T, opts htmxrt.Options) *scene {
	t.Helper()
	if opts.Broker == nil {
		opts.Broker = c.broker()
	}
	if opts.Key == nil {
		opts.Key = clusterKey
	}
	return newScene(t, opts)
}

// pages returns a server of pages that follow "room", and of their streams.
func (s *scene) pages(t *testing.T) *site {
	t.Helper()
	p := &site{hub: s.hub}
	mux := http.NewServeMux()
	mux.Handle(htmxrt.DefaultStreamPath, s.hub)
	mux.HandleFunc("/page", func(_ http.ResponseWriter, r *http.Request) {
		p.page, p.err = htmxrt.Connect(r.Context(), "room")
	})
	p.server = htmxrttest.NewServer(t, s.hub.Middleware(mux))
	return p
}

// everywhere sends to everybody, and must succeed.
func everywhere(t *testing.T, hub *htmxrt.Hub, text string) {
	t.Helper()
	send(t, hub, context.Background(), htmxrt.Text(text), htmxrt.Everyone())
}

// logbook gathers what a hub logs.
type logbook struct {
	mu   sync.Mutex // guards the field below
	text bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logbook) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// lines returns those that contain a text.
func (l *logbook) lines(containing string) (list []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range strings.Lines(l.text.String()) {
		if strings.Contains(line, containing) {
			list = append(list, line)
		}
	}
	return list
}
