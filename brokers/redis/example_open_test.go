package redis_test

import (
	"context"
	"fmt"
	"log"

	"github.com/htmxrt/htmxrt/brokers/redis"
	"github.com/htmxrt/htmxrt/htmxrt"
)

// open returns a hub whose log all nodes share. The key is the same for all.
func open(ctx context.Context, url string, key []byte) (*htmxrt.Hub, error) {
	broker, err := redis.Open(ctx, redis.Options{URL: url, Namespace: "chat"})
	if err != nil {
		return nil, err
	}
	hub, err := htmxrt.New(htmxrt.Options{Broker: broker, Key: key})
	if err != nil {
		broker.Close()
		return nil, err
	}
	return hub, nil // Shutdown closes the broker
}

// A node that starts reads what others have sent before.
func ExampleOpen() {
	url, stop := redis.Serve() // in an app: redis://user:password@host:6379/0
	defer stop()
	key := []byte("32 bytes or more, from a secret store")
	ctx := context.Background()

	one, err := open(ctx, url, key)
	if err != nil {
		log.Fatal(err)
	}
	defer one.Shutdown(ctx)
	start := one.Cursor()
	if err := one.Send(ctx, "room:42", htmxrt.Text("hello"), htmxrt.Everyone()); err != nil {
		log.Fatal(err)
	}

	two, err := open(ctx, url, key)
	if err != nil {
		log.Fatal(err)
	}
	defer two.Shutdown(ctx)
	fmt.Println(two.Cursor() > start)
	// Output: true
}
