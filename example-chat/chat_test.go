package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

func TestMessageReachesEveryoneInTheRoom(t *testing.T) {
	s := newSite(t)
	ada, bob, eve := s.signIn("Ada"), s.signIn("Bob"), s.signIn("Eve")
	adas, bobs, eves := ada.enter("/rooms/lobby"), bob.enter("/rooms/lobby"), eve.enter("/rooms/garden")

	ada.say("hello\r\nthere")
	first := wantEvent(t, adas, "room:lobby", "hello\nthere")
	if got := wantEvent(t, bobs, "room:lobby", "hello\nthere"); got.Data != first.Data {
		t.Errorf("Bob received %q, Ada %q", got.Data, first.Data)
	}
	for _, want := range []string{`<li class="message" id="message-1">`, "Ada"} {
		if !strings.Contains(first.Data, want) {
			t.Errorf("message %q, want %q in it", first.Data, want)
		}
	}
	if _, page := bob.get("/rooms/lobby"); strings.Count(page, first.Data) != 1 {
		t.Errorf("the page does not show %q as it was sent, once:\n%s", first.Data, page)
	}
	eve.post("/rooms/garden/messages", "message", "fence")
	wantEvent(t, eves, "room:garden", "fence")
}

func TestPostAnswersWithAFreshForm(t *testing.T) {
	status, body := newSite(t).signIn("Ada").post("/rooms/lobby/messages", "message", "hello")
	if status != http.StatusOK || !strings.HasPrefix(body, `<form id="composer"`) || strings.Contains(body, "hello") {
		t.Errorf("POST = %d %q, want 200 and an empty form", status, body)
	}
}

func TestHistoryIsTheNewestFifty(t *testing.T) {
	ada := newSite(t).signIn("Ada")
	for i := range 52 {
		ada.say(fmt.Sprintf("number %d.", i))
	}
	_, page := ada.get("/rooms/lobby")
	if got := strings.Count(page, `class="message"`); got != 50 {
		t.Errorf("%d messages, want 50", got)
	}
	if strings.Contains(page, "number 1.") || strings.Index(page, "number 2.") > strings.Index(page, "number 51.") {
		t.Error("want the newest, oldest first")
	}
}

func TestHeadlineChangesInEveryOpenPage(t *testing.T) {
	s := newSite(t)
	ada, bob := s.signIn("Ada"), s.signIn("Bob")
	adas, bobs := ada.enter("/rooms/lobby"), bob.enter("/rooms/lobby")

	status, body := ada.post("/rooms/lobby/headline", "headline", "  All about\n<fish> ")
	if status != http.StatusOK || strings.Contains(body, " open") {
		t.Errorf("POST = %d %q, want 200 and a closed form", status, body)
	}
	for _, stream := range []string{
		wantEvent(t, adas, "headline:lobby", "").Data, wantEvent(t, bobs, "headline:lobby", "").Data,
	} {
		if want := "All about &lt;fish&gt;"; stream != want {
			t.Errorf("received %q, want %q", stream, want)
		}
	}
	if _, page := bob.get("/rooms/lobby"); !strings.Contains(page, "All about &lt;fish&gt;</h1>") {
		t.Errorf("the page shows another headline:\n%s", page)
	}
}

func TestMentionReachesOnlyThatUser(t *testing.T) {
	s := newSite(t)
	ada, bob, lovelace := s.signIn("Ada"), s.signIn("Bob"), s.signIn("Ada  Lovelace")
	adas, bobs, lovelaces := ada.enter("/rooms/lobby"), bob.enter("/rooms/garden"), lovelace.enter("/rooms/lobby")

	ada.say("@Bob, and @ada: <look>")
	wantEvent(t, bobs, "notifications", "Ada")
	ada.say("fence, @ada-lovelace")
	wantEvent(t, adas, "room:lobby", `<mark>@Bob</mark>, and <mark>@ada</mark>: &lt;look&gt;`)
	wantEvent(t, adas, "room:lobby", "fence")
	wantEvent(t, lovelaces, "room:lobby", "look")
	wantEvent(t, lovelaces, "room:lobby", "fence")
	wantEvent(t, lovelaces, "notifications", "fence")
	bob.post("/rooms/garden/messages", "message", "fence")
	wantEvent(t, bobs, "room:garden", "fence")
}

func TestReminderReachesOnlyTheSendersTabs(t *testing.T) {
	s := newSite(t)
	ada, adaToo, bob := s.signIn("Ada"), s.signIn("ada"), s.signIn("Bob")
	adas, adasToo, bobs := ada.enter("/rooms/lobby"), adaToo.enter("/rooms/garden"), bob.enter("/rooms/lobby")

	if status, _ := ada.post("/remind", "", ""); status != http.StatusNoContent {
		t.Errorf("POST /remind = %d, want 204", status)
	}
	bob.say("fence")
	wantEvent(t, adas, "notifications", "Reminder")
	wantEvent(t, adasToo, "notifications", "Reminder")
	wantEvent(t, adas, "room:lobby", "fence")
	wantEvent(t, bobs, "room:lobby", "fence")
}

func TestRoomShowsWhoIsHereAndWhoTypes(t *testing.T) {
	s := newSite(t)
	ada, bob := s.signIn("Ada"), s.signIn("Bob")
	adas := ada.enter("/rooms/lobby")
	wantEvent(t, adas, "room:lobby:presence", ">Ada<")
	bobs := bob.enter("/rooms/lobby")
	wantEvent(t, adas, "room:lobby:presence", ">Bob<")
	if _, page := ada.get("/rooms/lobby"); !strings.Contains(page, ">Bob</li>") {
		t.Errorf("Ada's page does not list Bob:\n%s", page)
	}

	if status, _ := bob.post("/rooms/lobby/typing", "message", "h"); status != http.StatusNoContent {
		t.Errorf("POST /rooms/lobby/typing = %d, want 204", status)
	}
	wantEvent(t, adas, "message", "Bob is typing…")
	bob.say("hello")
	wantEvent(t, adas, "room:lobby", "hello")
	if event := adas.Next(); event.Data != "typed" { // and types no more
		t.Errorf("received %q %q, want that Bob types no more", event.Name, event.Data)
	}
	wantEvent(t, bobs, "room:lobby", "hello") // and Bob is not told that he types
}

func TestAHundredPostsPass(t *testing.T) {
	ada := newSite(t).signIn("Ada")
	stream := ada.enter("/rooms/lobby")
	for i := range 100 {
		ada.say(fmt.Sprintf("number %d.", i))
	}
	for i := range 100 {
		wantEvent(t, stream, "room:lobby", fmt.Sprintf("number %d.", i))
	}
}

func TestPagesGoOnAfterARestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "chat.db")
	var ada *visitor
	var page string
	t.Run("before", func(t *testing.T) {
		ada = openSite(t, file).signIn("Ada")
		ada.say("hello")
		_, page = ada.get("/rooms/lobby")
	})
	s := openSite(t, file)
	ada = &visitor{site: s, cookie: ada.cookie}
	if _, page := ada.get("/rooms/lobby"); !strings.Contains(page, "hello") {
		t.Error("the message is gone, or the session")
	}
	// Its log was in memory, so the page is told to fetch what it missed; a
	// ticket that nobody knows would end the stream.
	stream := s.server.Open(strings.ReplaceAll(connection.FindStringSubmatch(page)[1], "&amp;", "&"), ada.cookie)
	wantEvent(t, stream, "htmxrt-reset", "")
	ada.say("again")
	wantEvent(t, stream, "room:lobby", "again")
}
