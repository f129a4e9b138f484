package main

import (
	"html"
	"io"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"testing"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

// streamURL finds what the page's script connects to.
var streamURL = regexp.MustCompile(`data-sse-connect="([^"]+)"`)

func TestSignInChatSignOut(t *testing.T) {
	hub := htmxrttest.NewHub(t, htmxrt.Options{})
	server := htmxrttest.NewServer(t, newHandler(hub))
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	server.Client().Jar = jar
	submit(t, server, "/login", url.Values{"name": {"Ann"}})

	answer := server.Get("/")
	body, err := io.ReadAll(answer.Body)
	answer.Body.Close()
	found := streamURL.FindSubmatch(body)
	if err != nil || found == nil {
		t.Fatalf("page %q, %v; want a stream", body, err)
	}
	path := html.UnescapeString(string(found[1]))
	stream := server.Open(path)
	submit(t, server, "/messages", url.Values{"text": {"1 < 2"}})
	stream.NextIs("<p>Ann: 1 &lt; 2</p>")

	submit(t, server, "/logout", nil)
	if event := stream.Next(); event.Name != "htmxrt-close" {
		t.Errorf("after the logout: %q %q, want htmxrt-close", event.Name, event.Data)
	}
	if event := server.Open(path).Next(); event.Name != "htmxrt-close" {
		t.Errorf("the old page came back: %q %q, want htmxrt-close", event.Name, event.Data)
	}
}

func submit(t *testing.T, server *htmxrttest.Server, path string, form url.Values) {
	t.Helper()
	answer := server.Post(path, htmxrttest.Form(form))
	answer.Body.Close()
	if answer.StatusCode >= 400 {
		t.Fatalf("POST %s: %s", path, answer.Status)
	}
}
