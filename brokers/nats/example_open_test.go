package nats_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/htmxrt/htmxrt/brokers/nats"
	"github.com/htmxrt/htmxrt/htmxrt"
)

// Two nodes of an app on one server: what one sends, all browsers receive. Both
// have the same key.
func ExampleOpen() {
	url, stop := startServer() // yours runs elsewhere
	defer stop()

	key := []byte("32 random bytes, from the secrets")
	node := func() *htmxrt.Hub {
		broker, err := nats.Open(context.Background(), nats.Options{URL: url, Namespace: "chat"})
		if err != nil {
			log.Fatal(err)
		}
		hub, err := htmxrt.New(htmxrt.Options{Broker: broker, Key: key}) // Shutdown closes the broker
		if err != nil {
			log.Fatal(err)
		}
		return hub
	}
	one, two := node(), node()
	defer one.Shutdown(context.Background())
	defer two.Shutdown(context.Background())

	err := one.Send(context.Background(), "room:42", htmxrt.Text("hello"), htmxrt.Everyone())
	fmt.Println(err)
	// Output: <nil>
}

// startServer starts a NATS server with JetStream in this process.
func startServer() (url string, stop func()) {
	dir, err := os.MkdirTemp("", "htmxrt-nats-")
	if err != nil {
		log.Fatal(err)
	}
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: dir, NoLog: true, NoSigs: true,
	})
	if err != nil {
		log.Fatal(err)
	}
	s.Start()
	return s.ClientURL(), func() {
		s.Shutdown()
		s.WaitForShutdown()
		os.RemoveAll(dir)
	}
}
