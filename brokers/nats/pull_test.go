package nats

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// A request for messages that is lost is not waited for, on a connection that
// lives: here somebody takes it and never answers.
func TestASilentConsumerIsGivenUp(t *testing.T) {
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	defer s.WaitForShutdown()
	defer s.Shutdown()
	conn, err := nats.Connect(s.ClientURL())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	p := &pull{
		b:    &Broker{conn: conn, opts: Options{Namespace: "app"}},
		name: "lost", inbox: conn.NewInbox(), in: make(chan *nats.Msg, 1),
	}
	if _, err := conn.SubscribeSync(p.api("MSG.NEXT")); err != nil {
		t.Fatal(err)
	}
	if p.sub, err = conn.ChanSubscribe(p.inbox+".*", p.in); err != nil {
		t.Fatal(err)
	}
	defer p.close()
	ctx, cancel := context.WithTimeout(t.Context(), 4*pullSilence)
	defer cancel()
	start := time.Now()
	msg, err := p.next(ctx, nil)
	if took := time.Since(start); !errors.Is(err, errSilent) || took < pullSilence {
		t.Errorf("next() = %v, %v after %v, want %v after %v", msg, err, took, errSilent, pullSilence)
	}
}
