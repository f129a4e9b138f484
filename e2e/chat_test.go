package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
)

// The example chat as its users have it: the program, and two people with a
// browser each.
func TestChatExample(t *testing.T) {
	t.Parallel()
	program := buildChat(t)
	t.Run("chat_example_end_to_end_two_browsers", func(t *testing.T) {
		eachChat(t, program, func(t *testing.T, chat *chatServer) {
			c := &lobby{t: t, ann: signIn(t, chat.url, "Ann"), bob: signIn(t, chat.url, "Bob")}
			c.annToo = &member{tab: c.ann.user.open(chat.url), user: c.ann.user}
			c.annToo.awaitLive()
			c.talk()
			c.seeEachOther()
			c.answerWithMessages()
			c.changeHeadline()
			c.mention()
			c.remind()
			c.postHostileText()
			c.beRefused()
			c.signOut()
		})
	})
	t.Run("chat_killed_and_restarted_heals", func(t *testing.T) { eachChat(t, program, chatHeals) })
}

// chatHeals kills the chat without a word to anybody while Bob is writing, and
// starts it anew.
func chatHeals(t *testing.T, chat *chatServer) {
	ann, bob := signIn(t, chat.url, "Ann"), signIn(t, chat.url, "Bob")
	ann.say("before")
	for _, m := range []*member{ann, bob} {
		m.awaitMessages("before")
		m.console.allow("net::ERR_", sseError, "htmx:sse:error") // the server that is away
		m.console.allow("htmx:sendError", "Failed to fetch")     // a request that says who types, on htmx 2 and 4
	}
	bob.do(chromedp.SendKeys(chromedp.CSS("#message"), "half a thought"))
	chat.kill()
	for _, m := range []*member{ann, bob} {
		m.awaitState("reconnecting")
		m.await(`document.querySelector(".rt-status").innerText.trim() === "Reconnecting…"`)
	}
	chat.start()
	cleo := signIn(t, chat.url, "Cleo")
	cleo.say("meanwhile")
	for _, m := range []*member{ann, bob, cleo} {
		m.awaitMessages("before", "meanwhile")
		m.await(`document.querySelector(".rt-status").innerText.trim() === ""`)
	}
	bob.await(`document.activeElement.id === "message" && document.activeElement.value === "half a thought"`)
	bob.say(", and the rest")
	for _, m := range []*member{ann, bob, cleo} {
		m.awaitMessages("before", "meanwhile", "half a thought, and the rest")
	}
}

// lobby is a room with Ann, in two tabs, and Bob.
type lobby struct {
	t                *testing.T
	ann, annToo, bob *member
}

func (c *lobby) talk() {
	c.ann.say("hello Bob")
	c.bob.awaitLast("hello Bob")
	c.ann.awaitLast("hello Bob")
	c.bob.say("hello Ann")
	c.ann.awaitLast("hello Ann")
	c.bob.awaitLast("hello Ann")
	for _, m := range []*member{c.ann, c.annToo, c.bob} {
		m.awaitMessages("hello Bob", "hello Ann")
	}
}

// seeEachOther shows who is here, and to Bob that Ann types, until she has sent it.
func (c *lobby) seeEachOther() {
	for _, m := range []*member{c.ann, c.annToo, c.bob} {
		m.awaitHere("Ann,Bob")
	}
	c.ann.typeIn("#message", "hm")
	c.bob.awaitTyping("Ann is typing…")
	c.bob.say("tell me")
	c.ann.awaitLast("tell me")
	c.ann.awaitTyping("")
	c.ann.enter("#message", "m")
	c.bob.awaitLast("hmm")
	c.bob.awaitTyping("")
}

// awaitHere waits until the page lists who is in the room.
func (m *member) awaitHere(names string) {
	m.t.Helper()
	m.await(`[...document.querySelectorAll("[data-rt-presence] > li")].map(li => li.textContent).join() === ` + quote(names))
}

// awaitTyping waits until the page says who types.
func (m *member) awaitTyping(text string) {
	m.t.Helper()
	m.await(`document.querySelector(".rt-typing").textContent.trim() === ` + quote(text))
}

// answerWithMessages lets the answer to Ann's next message render those that her
// page shows already, as a handler may that renders what it sends.
func (c *lobby) answerWithMessages() {
	eval[bool](c.ann.tab, `(() => {
		const more = '<hx-partial hx-target="#messages" hx-swap="beforeend">' +
			document.querySelector("#messages").innerHTML + '</hx-partial>'
		const once = {once: true}
		document.body.addEventListener("htmx:beforeSwap", e => { e.detail.serverResponse += more }, once)
		document.body.addEventListener("htmx:after:request", e => { e.detail.ctx.text += more }, once)
		return true
	})()`)
	c.ann.say("answered")
	for _, m := range []*member{c.ann, c.annToo, c.bob} {
		m.awaitMessages("hello Bob", "hello Ann", "tell me", "hmm", "answered")
	}
}

func (c *lobby) changeHeadline() {
	const headline = "All about <b>fish</b>"
	c.ann.click("summary") // opens the editor
	c.ann.enter("[name=headline]", headline)
	for _, m := range []*member{c.ann, c.annToo, c.bob} {
		m.await(fmt.Sprintf(`document.querySelector("#headline").textContent.trim() === %s`, quote(headline)))
	}
}

// mention notifies Bob and not Ann.
func (c *lobby) mention() {
	c.ann.say("@Bob, look at this")
	c.bob.awaitNotifications(1)
	c.bob.say("fence of the mention")
	c.ann.awaitLast("fence of the mention")
	c.ann.wantNotifications(0)
}

// remind notifies both of Ann's tabs and not Bob.
func (c *lobby) remind() {
	c.ann.click(`[hx-post="/remind"]`)
	c.ann.awaitNotifications(1)
	c.annToo.awaitNotifications(1)
	c.ann.say("fence of the reminder")
	c.bob.awaitLast("fence of the reminder")
	c.bob.wantNotifications(1)
}

// postHostileText posts what no field of the page lets through.
func (c *lobby) postHostileText() {
	title := eval[string](c.bob.tab, "document.title")
	status := eval[int](c.ann.tab, fmt.Sprintf(`fetch(location.pathname + "/messages",
		{method: "POST", body: new URLSearchParams({message: %s})}).then(answer => answer.status)`, quote(hostile)))
	if status != http.StatusOK {
		c.t.Fatalf("the post was answered %d", status)
	}
	c.bob.awaitLast(shown)
	if got := eval[string](c.bob.tab, "document.title"); got != title {
		c.t.Errorf("the text ran as a script: the title is %q", got)
	}
}

// beRefused lets Ann write nothing, and ask for a room that cannot be.
func (c *lobby) beRefused() {
	c.ann.console.allow("422", "404")
	c.ann.say(" ")
	c.ann.await(`document.querySelector("#message-hint").textContent.includes("needs some text")`)
	c.ann.say("kept")
	c.ann.awaitLast("kept")
	c.ann.await(`document.querySelector("#message-hint").textContent === ""`)
	eval[bool](c.ann.tab, `htmx.ajax("POST", "/rooms/a,b/messages", {source: "#composer", target: "#composer", swap: "outerHTML"})
		.then(() => true, () => true)`)
	c.ann.await(`e2e.answers.at(-1) === 404`)
	c.ann.say("still here")
	c.bob.awaitLast("still here")
}

// signOut ends the stream of Ann's other tab.
func (c *lobby) signOut() {
	c.ann.click(".me button")
	c.ann.await(`location.pathname === "/login"`)
	c.annToo.awaitState("closed")
	c.annToo.await(`document.querySelector(".rt-status").innerText.trim() === "Signed out"`)
	c.annToo.click(".again")
	c.annToo.await(`location.pathname === "/login"`)
}

// member is somebody in the chat's lobby.
type member struct {
	*tab
	user *user
}

// signIn lets a new user sign in by name, as far as the lobby.
func signIn(t *testing.T, url, name string) *member {
	t.Helper()
	u := newUser(t)
	m := &member{tab: u.open(url), user: u}
	m.enter("[name=name]", name)
	m.await(`location.pathname === "/rooms/lobby"`)
	m.awaitLive()
	return m
}

// say writes a message and sends it. Then the field is as it was before, empty
// unless the message was refused, and has the focus.
func (m *member) say(text string) {
	m.t.Helper()
	n := eval[int](m.tab, "e2e.answers.length")
	m.enter("[name=message]", text)
	m.await(fmt.Sprintf(`e2e.answers.length > %d && document.activeElement?.id === "message" &&
		document.activeElement.value.trim() === ""`, n))
}

// awaitMessages waits until the list shows these messages, and no other.
func (m *member) awaitMessages(texts ...string) {
	m.t.Helper()
	want, err := json.Marshal(texts)
	if err != nil {
		m.t.Fatal(err)
	}
	m.await(fmt.Sprintf(`JSON.stringify([...document.querySelectorAll("#messages > .message .text")]
		.map(e => e.textContent)) === JSON.stringify(%s)`, want))
}

// awaitLast waits until the last message contains text.
func (m *member) awaitLast(text string) {
	m.t.Helper()
	m.await(fmt.Sprintf(`document.querySelector("#messages > .message:last-child")
		?.textContent.includes(%s)`, quote(text)))
}

const countNotifications = `document.querySelector("#notifications").children.length`

func (m *member) awaitNotifications(n int) {
	m.t.Helper()
	m.await(fmt.Sprintf("%s === %d", countNotifications, n))
}

func (m *member) wantNotifications(n int) {
	m.t.Helper()
	if got := eval[int](m.tab, countNotifications); got != n {
		m.t.Errorf("%d notifications, want %d", got, n)
	}
}
