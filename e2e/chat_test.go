package e2e_test

import (
	"bufio"
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// chatEnd is how long the chat may take to end with streams open.
const chatEnd = 2 * time.Second

// The example chat as its users have it: the program, and two people with a
// browser each.
func TestChatExample(t *testing.T) {
	t.Parallel()
	t.Run("chat_example_end_to_end_two_browsers", func(t *testing.T) {
		url := startChat(t)
		c := &lobby{t: t, ann: signIn(t, url, "Ann"), bob: signIn(t, url, "Bob")}
		c.annToo = &member{tab: c.ann.user.open(url), user: c.ann.user}
		c.annToo.awaitOpen(1)
		c.talk()
		c.changeHeadline()
		c.mention()
		c.remind()
		c.postHostileText()
	})
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
	ids := eval[[]string](c.ann.tab, `[...document.querySelectorAll("#messages > .message")].map(e => e.id)`)
	if len(ids) != 2 || ids[0] == "" || ids[0] == ids[1] {
		c.t.Errorf("Ann sees messages with the ids %q, want two", ids)
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
	m.awaitOpen(1)
	return m
}

// say writes a message and sends it.
func (m *member) say(text string) {
	m.t.Helper()
	m.enter("[name=message]", text)
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

// startChat builds the chat as its own module, starts it and returns its URL.
// When the test ends it is asked to end, with its streams open.
func startChat(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "example-chat")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", path, ".")
	build.Dir = "../example-chat"
	build.Env = append(build.Environ(), "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the chat: %v\n%s", err, out)
	}
	chat := exec.Command(path, "-addr", "localhost:0", "-db", ":memory:")
	out, err := chat.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var complaint strings.Builder
	chat.Stderr = &complaint
	if err := chat.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { endChat(t, chat, &complaint) })

	first := make(chan string, 1)
	go func() { // ends with the process, which the cleanup ends
		line, _ := bufio.NewReader(out).ReadString('\n')
		first <- line
	}()
	line := within(t, first, "the chat says where it listens")
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if !ok {
		t.Fatalf("the chat says %q, want listening on …; %s", line, complaint.String())
	}
	return url
}

// endChat ends the process by a signal, as a deploy does.
func endChat(t *testing.T, chat *exec.Cmd, complaint *strings.Builder) {
	ended := make(chan error, 1)
	begin := time.Now()
	if err := chat.Process.Signal(syscall.SIGTERM); err != nil {
		t.Errorf("end the chat: %v", err)
	}
	go func() { ended <- chat.Wait() }() // ends with the process
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("the chat ended with %v; %s", err, complaint.String())
		}
		if took := time.Since(begin); took > chatEnd {
			t.Errorf("the chat took %v to end, want %v at most", took, chatEnd)
		}
	case <-time.After(patience):
		chat.Process.Kill()
		t.Errorf("the chat does not end")
	}
	if t.Failed() {
		t.Logf("the chat says: %s", complaint.String())
	}
}
