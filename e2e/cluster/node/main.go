// Program node is one node of the app in package cluster, for tests that end
// processes. It says "ready" on its output when it takes requests. On SIGTERM it
// leaves in the order that a rolling restart wants: it is not ready and its
// streams move, then requests under way end, then the hub.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/htmxrt/htmxrt/e2e/cluster"
	"github.com/htmxrt/htmxrt/htmxrt"
)

// patience bounds the end.
const patience = 20 * time.Second

func main() {
	addr := flag.String("addr", "127.0.0.1:0", "`address` to listen on")
	engine := flag.String("broker", "", "`URL` of the engine, nats://host:port or redis://host:port")
	key := flag.String("key", "", "the key of all nodes, 32 `bytes` or more")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := run(ctx, *addr, *engine, []byte(*key)); err != nil {
		fmt.Fprintln(os.Stderr, "node:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, addr, engine string, key []byte) error {
	broker, err := cluster.OpenBroker(ctx, engine, slog.Default())
	if err != nil {
		return err
	}
	hub, err := htmxrt.New(htmxrt.Options{Broker: broker, Key: key, Authorize: cluster.Open})
	if err != nil {
		return errors.Join(err, broker.Close())
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return errors.Join(err, hub.Shutdown(context.Background()))
	}
	server := &http.Server{Handler: cluster.Handler(hub)}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }() // until Shutdown below
	fmt.Println("ready")
	select {
	case err = <-served: // and not by Shutdown
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return errors.Join(err, hub.Drain(end), server.Shutdown(end), hub.Shutdown(end))
}
