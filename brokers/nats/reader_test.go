package nats_test

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// patience ends a wait that would last for ever.
const patience = 30 * time.Second

func newEntry(data string) htmxrt.Entry {
	e := htmxrt.Entry{Data: []byte(data)}
	rand.Read(e.ID[:])
	return e
}

func publish(t *testing.T, b htmxrt.Broker, entries ...htmxrt.Entry) htmxrt.Position {
	t.Helper()
	pos, err := b.Publish(t.Context(), entries...)
	if err != nil {
		t.Fatal(err)
	}
	return pos
}

func state(t *testing.T, b htmxrt.Broker) htmxrt.LogState {
	t.Helper()
	s, err := b.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var errEnough = errors.New("that will do")

// read follows for n entries and returns them and their positions, or Follow's error.
func read(t *testing.T, b htmxrt.Broker, after htmxrt.Position, n int) (entries []htmxrt.Entry, positions []htmxrt.Position, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	err = b.Follow(ctx, after, func(pos htmxrt.Position, e htmxrt.Entry) error {
		entries, positions = append(entries, e), append(positions, pos)
		if len(entries) == n {
			return errEnough
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return entries, positions, err
}

// wants fails the test unless entries come next, and returns their positions.
func wants(t *testing.T, b htmxrt.Broker, after htmxrt.Position, entries ...htmxrt.Entry) []htmxrt.Position {
	t.Helper()
	got, positions, err := read(t, b, after, len(entries))
	if err != nil {
		t.Fatalf("Follow(%v) = %v after %d entries, want %d", after, err, len(got), len(entries))
	}
	for i, e := range entries {
		if got[i].ID != e.ID || string(got[i].Data) != string(e.Data) {
			t.Fatalf("Follow(%v): entry %d is %.40q, want %.40q", after, i, got[i].Data, e.Data)
		}
	}
	return positions
}

// fails fails the test unless Follow delivers nothing and ends with an error.
func fails(t *testing.T, b htmxrt.Broker, after htmxrt.Position, want error) {
	t.Helper()
	if got, _, err := read(t, b, after, 1); !errors.Is(err, want) {
		t.Errorf("Follow(%v) = %v after %d entries, want %v", after, err, len(got), want)
	}
}
