package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"testing"
	"time"

	"github.com/launchdarkly/eventsource"
	"github.com/tmaxmax/go-sse"
)

// event is one event of a stream, as every parser sees it. ID is the last id
// that the stream gave, the event's own or an earlier one.
type event struct {
	ID    string `json:"id"`
	Event string `json:"event"`
	Data  string `json:"data"`
}

// reader is a parser of event streams that is not ours.
type reader struct {
	name string
	read func(t *testing.T, stream []byte) ([]event, error)
}

var readers = []reader{
	{"tmaxmax/go-sse", readGoSSE},
	{"launchdarkly/eventsource", readLaunchDarkly},
	{"eventsource-parser", readNode},
}

func readGoSSE(_ *testing.T, stream []byte) ([]event, error) {
	var events []event
	for e, err := range sse.Read(bytes.NewReader(stream), &sse.ReadConfig{MaxEventSize: 1 << 20}) {
		if err != nil {
			return events, err
		}
		events = append(events, event{ID: e.LastEventID, Event: e.Type, Data: e.Data})
	}
	return events, nil
}

func readLaunchDarkly(_ *testing.T, stream []byte) ([]event, error) {
	var events []event
	decoder := eventsource.NewDecoder(bytes.NewReader(stream))
	for {
		e, err := decoder.Decode()
		switch {
		case errors.Is(err, io.EOF):
			return events, nil
		case err != nil:
			return events, err
		}
		last, ok := e.(eventsource.EventWithLastID)
		if !ok {
			return events, fmt.Errorf("%T tells no last id", e)
		}
		events = append(events, event{ID: last.LastEventID(), Event: e.Event(), Data: e.Data()})
	}
}

func readNode(t *testing.T, stream []byte) ([]event, error) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", "testdata/parser/read.mjs")
	var complaint bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(stream), &complaint
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("node (make setup installs its module): %w\n%s", err, complaint.Bytes())
	}
	var events []event
	for lines := json.NewDecoder(bytes.NewReader(out)); ; {
		var e event
		switch err := lines.Decode(&e); {
		case errors.Is(err, io.EOF):
			return events, nil
		case err != nil:
			return events, err
		}
		events = append(events, e)
	}
}
