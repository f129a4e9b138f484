package chat_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/htmxrt/htmxrt/example-chat/chat"
)

func TestKeyStays(t *testing.T) {
	file := filepath.Join(t.TempDir(), "chat.db")
	keys := make([][]byte, 2)
	for i := range keys {
		s, err := chat.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		keys[i] = s.Key
		s.DB.Close()
	}
	if len(keys[0]) != 32 || !bytes.Equal(keys[0], keys[1]) {
		t.Errorf("keys %x and %x, want 32 bytes, the same", keys[0], keys[1])
	}
}

func TestMemoryKeepsNothing(t *testing.T) {
	keys := make([][]byte, 2)
	for i := range keys {
		s, err := chat.Open(":memory:")
		if err != nil {
			t.Fatal(err)
		}
		defer s.DB.Close()
		keys[i] = s.Key
	}
	if bytes.Equal(keys[0], keys[1]) {
		t.Error("two databases in memory have one key")
	}
}

func TestRoomOfNobody(t *testing.T) {
	s, err := chat.Open(":memory:")
	if err != nil {
		t.Fatal(err)
	}
	defer s.DB.Close()
	room, err := s.Room(t.Context(), "garden")
	if err != nil || room.Headline != "" || len(room.Messages) != 0 || len(room.Lately) != 1 || room.Lately[0] != "lobby" {
		t.Errorf("Room = %+v, %v; want an empty one beside the lobby", room, err)
	}
}
