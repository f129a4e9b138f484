package redis

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

func TestBroker(t *testing.T) {
	for _, tt := range []struct {
		name, query string
		engine      func(*testing.T) htmxrttest.Engine
	}{
		{"RESP3", "", newEngine},
		{"RESP2", "?protocol=2", nil}, // what some proxies speak
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newServer(t)
			var logs atomic.Int64
			openLog := func(t *testing.T, maxLen int) htmxrt.Broker {
				b, err := Open(context.Background(), Options{
					URL: s.url() + tt.query, Namespace: fmt.Sprint("log-", logs.Add(1)), MaxLen: maxLen,
				})
				if err != nil {
					t.Fatal(err)
				}
				return b
			}
			htmxrttest.BrokerSuite{
				Open:      func(t *testing.T) htmxrt.Broker { return openLog(t, 0) },
				OpenSmall: func(t *testing.T) htmxrt.Broker { return openLog(t, 8) },
				Engine:    tt.engine,
			}.Run(t)
		})
	}
}

// newEngine returns a server behind a proxy. Nothing that it has acknowledged is
// lost but by what the suite does.
func newEngine(t *testing.T) htmxrttest.Engine {
	s := newServer(t, persistent...)
	p := newProxy(t, s)
	return htmxrttest.Engine{
		Open:    func(*testing.T) htmxrt.Broker { return s.open(Options{URL: p.url()}) },
		Cut:     func(*testing.T) { p.cut() },
		Restart: func(*testing.T) { s.reboot() },
		Wipe:    func(*testing.T) { s.wipe() },
		Snapshot: func(*testing.T) func(*testing.T) {
			backup := s.backup()
			return func(*testing.T) { s.restore(backup) }
		},
		Pause: func(*testing.T) func(*testing.T) {
			s.pause()
			return func(*testing.T) { s.resume() }
		},
		Deafen: func(*testing.T) { p.silence() },
	}
}
