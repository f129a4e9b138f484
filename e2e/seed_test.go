package e2e_test

import (
	"context"
	"html/template"
	"net/http"
	"net/url"
	"testing"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// What the seed documented for the browser: with the official extension alone, and
// with the page script.
func TestSeedClient(t *testing.T) {
	t.Parallel()
	for name, plain := range map[string]bool{"extension_alone": true, "page_script": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seedClient(t, plain)
		})
	}
}

func seedClient(t *testing.T, plain bool) {
	tests := []struct {
		name string
		run  func(t *testing.T, s *site)
	}{
		{"seed_markup_verbatim_htmx2", seedMarkup},
		{"sse_swap_two_topics_one_connection", twoTopicsOneConnection},
		{"hx_trigger_sse_topic_refetch", triggerRefetches},
		{"beforeend_accumulates_innerHTML_replaces", swapStyles},
		{"topic_unicode_roundtrip", unicodeTopic},
		{"component_escapes_user_text", componentEscapes},
		{"multi_line_and_hostile_text_is_text", hostileText},
		{"heartbeat_fires_nothing", quietHeartbeat},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, htmxrt.Options{
				Authorize: func(context.Context, htmxrt.Identity, string) error { return nil },
				Heartbeat: beat,
			})
			s.plain = plain
			tt.run(t, s)
		})
	}
}

// seedMarkup is the markup of the seed's chat, to the letter.
func seedMarkup(t *testing.T, s *site) {
	s.stream("/api/sse", "chat")
	s.page("/", `<div hx-ext="sse" sse-connect="/api/sse"><div sse-swap="chat"></div></div>
		<form hx-post="/say" hx-swap="none"><input name="message"></form>`)
	s.action("/say", func(w http.ResponseWriter, r *http.Request) error {
		w.WriteHeader(http.StatusNoContent)
		said := template.HTMLEscapeString(r.FormValue("message"))
		return htmxrt.Send(r.Context(), "chat", htmxrt.HTML("<p>somebody says <b>"+said+"</b></p>"))
	})

	ann, bob := newUser(t).open(s.url), newUser(t).open(s.url)
	ann.awaitOpen(1)
	bob.awaitOpen(1)
	ann.enter("input", "hello")
	for _, p := range []*tab{ann, bob} {
		p.awaitText("[sse-swap] > p > b", "hello")
		p.wantText("[sse-swap]", "somebody says hello")
	}
}

func twoTopicsOneConnection(t *testing.T, s *site) {
	s.stream("/api/sse", "chat", "news")
	s.page("/", `<div hx-ext="sse" sse-connect="/api/sse">
		<div id="chat" sse-swap="chat"></div>
		<div id="news" sse-swap="news"></div>
		<div id="both" sse-swap="chat, news"></div></div>`)
	p := newUser(t).open(s.url)
	p.awaitOpen(1)

	s.send("chat", htmxrt.Text("one"))
	p.awaitText("#both", "one")
	s.send("news", htmxrt.Text("two"))
	p.awaitText("#both", "two")
	p.wantText("#chat", "one")
	p.wantText("#news", "two")
	if got := s.visits.count("/api/sse"); got != 1 {
		t.Errorf("the page opened %d connections, want 1", got)
	}
}

func triggerRefetches(t *testing.T, s *site) {
	s.stream("/api/sse", "price")
	s.page("/", `<div hx-ext="sse" sse-connect="/api/sse">
		<div id="price" hx-get="/price" hx-trigger="sse:price">10</div></div>`)
	s.fragment("/price", "12")
	p := newUser(t).open(s.url)
	p.awaitOpen(1)
	p.wantText("#price", "10")

	s.send("price", htmxrt.Text("this is not shown"))
	p.awaitText("#price", "12")
}

func swapStyles(t *testing.T, s *site) {
	s.stream("/api/sse", "chat")
	s.page("/", `<div hx-ext="sse" sse-connect="/api/sse">
		<ul id="list" sse-swap="chat" hx-swap="beforeend"></ul><ul id="last" sse-swap="chat"></ul></div>`)
	p := newUser(t).open(s.url)
	p.awaitOpen(1)

	for _, text := range []string{"one ", "two ", "three"} {
		s.send("chat", htmxrt.HTML("<li>"+text+"</li>"))
	}
	p.awaitText("#list", "one two three")
	p.awaitText("#last", "three")
}

// unicodeTopic takes a topic through the URL, the event's name and sse-swap.
func unicodeTopic(t *testing.T, s *site) {
	const topic = "комната: 部屋 👩‍👩‍👧"
	path := htmxrt.DefaultStreamPath + "?" + url.Values{"topic": {topic}}.Encode()
	s.page("/", `<div hx-ext="sse" sse-connect="`+path+`"><p id="text" sse-swap="`+topic+`"></p></div>`)
	p := newUser(t).open(s.url)
	p.awaitOpen(1)

	s.send(topic, htmxrt.Text("привет 👋"))
	p.awaitText("#text", "привет 👋")
}

// hostile is text that must arrive as text: lines, markup, and what looks like
// fields of an event stream.
const hostile = "<script>document.title='owned'</script>\n" +
	"<img src=x onerror=\"document.title='owned'\">\r\n" +
	"data: x\n\nevent: chat\rid: 1\u2028'\"&amp; <!-- 👩‍👩‍👧"

// shown is hostile as a page shows it: the stream has made its line ends one.
const shown = "<script>document.title='owned'</script>\n" +
	"<img src=x onerror=\"document.title='owned'\">\n" +
	"data: x\n\nevent: chat\nid: 1\u2028'\"&amp; <!-- 👩‍👩‍👧"

func hostileText(t *testing.T, s *site) {
	s.stream("/api/sse", "chat")
	s.page("/", `<div hx-ext="sse" sse-connect="/api/sse"><pre sse-swap="chat"></pre></div>`)
	p := newUser(t).open(s.url)
	p.awaitOpen(1)

	s.send("chat", htmxrt.Text(hostile))
	p.awaitText("pre", shown)
	if got := eval[string](p, "document.title"); got != "e2e" {
		t.Errorf("the text ran as a script: the title is %q", got)
	}
}

func componentEscapes(t *testing.T, s *site) {
	s.stream("/api/sse", "chat")
	s.page("/", `<div hx-ext="sse" sse-connect="/api/sse"><div id="chat" sse-swap="chat"></div></div>`)
	p := newUser(t).open(s.url)
	p.awaitOpen(1)

	said := template.Must(template.New("said").Parse(`<pre title="{{.}}">{{.}}</pre>`))
	s.send("chat", htmxrt.Component(templ.FromGoHTML(said, hostile)))
	p.awaitText("#chat > pre", shown)
	if got := eval[string](p, "document.querySelector('pre').title"); got != shown {
		t.Errorf("the attribute = %q, want %q", got, shown)
	}
	if got := eval[string](p, "document.title"); got != "e2e" {
		t.Errorf("the text ran as a script: the title is %q", got)
	}
}

// quietHeartbeat waits for some heartbeats, which only an element that asks for
// them by their name sees: no region and no unnamed message changes.
func quietHeartbeat(t *testing.T, s *site) {
	s.stream("/api/sse", "chat", "elsewhere")
	s.page("/", `<div hx-ext="sse" sse-connect="/api/sse">
		<div id="all" sse-swap="chat,message" hx-swap="beforeend"></div>
		<p id="beats" hx-get="/beat" hx-trigger="sse:htmxrt-beat" hx-swap="beforeend"></p></div>`)
	s.fragment("/beat", ".")
	p := newUser(t).open(s.url)
	p.awaitText("#beats", "...")

	s.send("chat", htmxrt.Text("fence"))
	p.awaitText("#all", "fence")
}
