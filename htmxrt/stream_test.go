package htmxrt

import (
	"log/slog"
	"testing"
)

// A topic that was taken away while its message was pending is not written.
func TestPendingMessageOfATopicTakenAwayIsKept(t *testing.T) {
	c := newTestClient("stays")
	s := &stream{hub: &Hub{log: slog.Default()}, client: c}
	of := func(topic string) *message {
		return &message{kind: kindMessage, topic: topic, audience: audience{named: true, everyone: true}}
	}
	kept := s.kept([]*message{of("taken"), of("stays")})
	if len(kept) != 1 || kept[0].topic != "stays" {
		t.Errorf("kept %d messages, want that of the topic that stays", len(kept))
	}
}
