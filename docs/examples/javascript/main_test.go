package main

import (
	"io"
	"strings"
	"testing"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

func TestListenersReceiveJSON(t *testing.T) {
	hub := htmxrttest.NewHub(t, htmxrt.Options{})
	server := htmxrttest.NewServer(t, newHandler(hub))
	stream := server.Open("/api/load")
	if err := report(t.Context(), hub, 42); err != nil {
		t.Fatal(err)
	}
	if event := stream.NextIs(`{"percent":42}`); event.Name != "load" {
		t.Errorf("event %q, want load", event.Name)
	}
}

func TestPageLoadsItsScripts(t *testing.T) {
	server := htmxrttest.NewServer(t, newHandler(htmxrttest.NewHub(t, htmxrt.Options{})))
	page := get(t, server, "/")
	for _, script := range []string{"/js/load.js", "/js/source.js"} {
		if !strings.Contains(page, script) {
			t.Errorf("the page does not load %s", script)
		}
		if text := get(t, server, script); !strings.Contains(text, "JSON.parse") {
			t.Errorf("%s: %q, want a listener", script, text)
		}
	}
}

func get(t *testing.T, server *htmxrttest.Server, path string) string {
	t.Helper()
	answer := server.Get(path)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}
