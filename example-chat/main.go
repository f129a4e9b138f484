// Command example-chat is a chat in rooms, to be tried and to be copied: sign in
// by name, write, mention somebody with @Name, change a room's headline.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/htmxrt/htmxrt/example-chat/chat"
	"github.com/htmxrt/htmxrt/static"
)

func main() {
	addr := flag.String("addr", "localhost:8080", "`address` to listen on; port 0 takes a free one")
	db := flag.String("db", "chat.db", "SQLite `file`; :memory: keeps nothing")
	log := flag.String("broker", "", "the `log` of several nodes: nats://host:4222 or redis://host:6379; without it one node keeps its own")
	major := flag.Int("htmx", 2, "major `version` of htmx, 2 or 4")
	flag.Parse() // exits with 2 after a mistake
	version, ok := map[int]static.Htmx{2: static.Htmx2, 4: static.Htmx4}[*major]
	if !ok {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *addr, *db, *log, version); err != nil {
		fmt.Fprintln(os.Stderr, "example-chat:", err)
		os.Exit(1)
	}
}

// run serves the chat until ctx ends, and then for at most 2 s.
func run(ctx context.Context, addr, db, log string, version static.Htmx) error {
	store, err := chat.Open(db)
	if err != nil {
		return err
	}
	defer store.DB.Close()
	if log != "" && db == ":memory:" {
		return errors.New("-broker needs a -db file: the nodes share sessions, messages and the key of the log")
	}
	broker, err := openBroker(ctx, log)
	if err != nil {
		return err
	}
	handler, hub, err := newApp(store, broker, version)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler: handler, MaxHeaderBytes: 16 << 10, IdleTimeout: time.Minute,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second,
		WriteTimeout: 15 * time.Second, // a stream sets its own for each write
	}
	defer server.Close() // browsers hold connections in stock that never said a word
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }() // until Shutdown below
	host, _, _ := net.SplitHostPort(addr)            // Listen understood it
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	fmt.Printf("listening on http://%s\n", net.JoinHostPort(cmp.Or(host, "localhost"), port))
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 800*time.Millisecond)
	defer cancel()
	err = hub.Shutdown(ctx) // first: the server waits for the streams
	server.Shutdown(ctx)    // what it leaves open is closed above
	return err
}
