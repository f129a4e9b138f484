// Program natsd is a NATS server with JetStream, so that nobody has to install
// one. It says "ready" on its output when it takes connections, and ends with
// SIGTERM or SIGINT.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// patience bounds the start.
const patience = 30 * time.Second

func main() {
	addr := flag.String("addr", "127.0.0.1:4222", "`address` to listen on")
	dir := flag.String("dir", "natsd.data", "`folder` of the streams")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := run(ctx, *addr, *dir); err != nil {
		fmt.Fprintln(os.Stderr, "natsd:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, addr, dir string) error {
	host, digits, err := net.SplitHostPort(addr)
	if err != nil {
		return err
	}
	port, err := strconv.Atoi(digits)
	if err != nil {
		return err
	}
	s, err := server.NewServer(&server.Options{
		Host: host, Port: port, NoLog: true, NoSigs: true,
		JetStream: true, StoreDir: dir, MaxPayload: 8 << 20, // a capture's response, at most 4 MiB
	})
	if err != nil {
		return err
	}
	s.Start()
	defer s.WaitForShutdown()
	defer s.Shutdown()
	if !s.ReadyForConnections(patience) {
		return fmt.Errorf("not ready at %s within %v", addr, patience)
	}
	fmt.Println("ready")
	<-ctx.Done()
	return nil
}
