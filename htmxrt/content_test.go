package htmxrt_test

import (
	"context"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

// component writes text, then returns err.
func component(text string, err error) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
		return err
	})
}

func TestContent(t *testing.T) {
	hi := component("<p>hi</p>", nil)
	tests := []struct {
		scenario string
		opts     []htmxrt.SendOption
		want     []htmxrttest.Event // name and data
	}{
		{scenario: "component", opts: opts(htmxrt.Component(hi)), want: events("room", "<p>hi</p>")},
		{scenario: "html", opts: opts(htmxrt.HTML("<p>\n</p>")), want: events("room", "<p>\n</p>")},
		{scenario: "component_escapes_user_text", opts: opts(htmxrt.Text("<script>'\"&")), want: events("room", "&lt;script&gt;&#39;&#34;&amp;")},
		{scenario: "empty_message_delivers_empty_event", opts: opts(htmxrt.Text("")), want: events("room", "")},
		{scenario: "json_content_roundtrip", opts: opts(htmxrt.JSON(map[string]string{"a": "\n\"</script>\u2028"})), want: events("room", `{"a":"\n\"\u003c/script\u003e\u2028"}`)},
		{scenario: "event under another name", opts: opts(htmxrt.Text("x"), htmxrt.Event("room-title")), want: events("room-title", "x")},
		{
			scenario: "verbs", opts: opts(
				htmxrt.Append("#a", hi), htmxrt.Prepend("#a", hi), htmxrt.Before("#a", hi), htmxrt.After("#a", hi),
				htmxrt.Replace("#a", hi), htmxrt.Update(`[x="y"]`, hi), htmxrt.Remove("#a"),
			),
			want: events("message", partial("#a", "beforeend")+partial("#a", "afterbegin")+partial("#a", "beforebegin")+
				partial("#a", "afterend")+partial("#a", "outerHTML")+partial("[x=&#34;y&#34;]", "innerHTML")+
				`<hx-partial hx-target="#a" hx-swap="delete"></hx-partial>`),
		},
		{
			scenario: "verb, trigger and refresh", opts: opts(htmxrt.Trigger("saved", 7), htmxrt.Refresh(), htmxrt.Append("#a", hi)),
			want: events("message", partial("#a", "beforeend"), "htmxrt-trigger", `{"detail":7,"event":"saved"}`, "htmxrt-refresh", "{}"),
		},
	}
	for _, tt := range tests {
		t.Run(tt.scenario, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, htmxrt.Options{})
			stream := s.enter("alice", htmxrttest.As(alice))
			send(t, s.hub, from(alice), tt.opts...)
			for i, want := range tt.want {
				got := stream.Next()
				if got.Name != want.Name || got.Data != want.Data {
					t.Errorf("event %d = %q %q, want %q %q", i, got.Name, got.Data, want.Name, want.Data)
				}
				if last := i == len(tt.want)-1; got.HasID != last {
					t.Errorf("event %d has an id: %v; only the last block of a message has one", i, got.HasID)
				}
			}
		})
	}
}

func opts(o ...htmxrt.SendOption) []htmxrt.SendOption { return o }

func events(nameAndData ...string) (list []htmxrttest.Event) {
	for i := 0; i < len(nameAndData); i += 2 {
		list = append(list, htmxrttest.Event{Name: nameAndData[i], Data: nameAndData[i+1]})
	}
	return list
}

func partial(target, swap string) string {
	return `<hx-partial hx-target="` + target + `" hx-swap="` + swap + `"><p>hi</p></hx-partial>`
}

func TestBadContentReachesNobody(t *testing.T) {
	hi := component("hi", nil)
	broken := errors.New("broken")
	tests := []struct {
		scenario string
		topic    string
		opts     []htmxrt.SendOption
		want     error
	}{
		{scenario: "topic_comma_rejected", topic: "a,b", opts: opts(htmxrt.Text("x")), want: htmxrt.ErrBadTopic},
		{scenario: "topic_spaces_trimmed_in_query_rejected_in_send", topic: " room", opts: opts(htmxrt.Text("x")), want: htmxrt.ErrBadTopic},
		{scenario: "bad event", topic: "room", opts: opts(htmxrt.Text("x"), htmxrt.Event("a\nb")), want: htmxrt.ErrBadTopic},
		{scenario: "reserved event", topic: "room", opts: opts(htmxrt.Text("x"), htmxrt.Event("message")), want: htmxrt.ErrBadTopic},
		{scenario: "empty event", topic: "room", opts: opts(htmxrt.Text("x"), htmxrt.Event("")), want: htmxrt.ErrBadTopic},
		{scenario: "two contents", topic: "room", opts: opts(htmxrt.Text("x"), htmxrt.HTML("y")), want: htmxrt.ErrContent},
		{scenario: "content and verb", topic: "room", opts: opts(htmxrt.Text("x"), htmxrt.Remove("#a")), want: htmxrt.ErrContent},
		{scenario: "content and trigger", topic: "room", opts: opts(htmxrt.Text("x"), htmxrt.Trigger("e", nil)), want: htmxrt.ErrContent},
		{scenario: "event of verbs", topic: "room", opts: opts(htmxrt.Remove("#a"), htmxrt.Event("e")), want: htmxrt.ErrContent},
		{scenario: "verb without target", topic: "room", opts: opts(htmxrt.Append("", hi)), want: htmxrt.ErrContent},
		{scenario: "verb without component", topic: "room", opts: opts(htmxrt.Append("#a", nil)), want: htmxrt.ErrContent},
		{scenario: "trigger without event", topic: "room", opts: opts(htmxrt.Trigger("", nil)), want: htmxrt.ErrContent},
		{scenario: "trigger that does not marshal", topic: "room", opts: opts(htmxrt.Trigger("e", math.NaN())), want: htmxrt.ErrContent},
		{scenario: "JSON that does not marshal", topic: "room", opts: opts(htmxrt.JSON(func() {})), want: htmxrt.ErrContent},
		{scenario: "a nil option", topic: "room", opts: opts(htmxrt.Text("x"), nil), want: htmxrt.ErrContent},
		{scenario: "no component", topic: "room", opts: opts(htmxrt.Component(nil)), want: htmxrt.ErrContent},
		{scenario: "Divert of a content", topic: "room", opts: opts(htmxrt.Text("x"), htmxrt.Divert()), want: htmxrt.ErrContent},
		{scenario: "Latest without key", topic: "room", opts: opts(htmxrt.Text("x"), htmxrt.Latest("")), want: htmxrt.ErrContent},
		{scenario: "Latest of nothing kept", topic: "room", opts: opts(htmxrt.Text("x"), htmxrt.Latest("k"), htmxrt.Ephemeral()), want: htmxrt.ErrContent},
		{scenario: "no content outside a request", topic: "room", want: htmxrt.ErrNoContent},
		{scenario: "capture_component_error_midway_sends_nothing", topic: "room", opts: opts(htmxrt.Component(component("half", broken))), want: broken},
		{scenario: "a component that panics", topic: "room", opts: opts(htmxrt.Component(templ.ComponentFunc(func(context.Context, io.Writer) error { panic("oops") }))), want: htmxrt.ErrContent},
		{scenario: "a verb's component fails", topic: "room", opts: opts(htmxrt.Append("#a", hi), htmxrt.Update("#b", component("", broken))), want: broken},
		{scenario: "over_limit_rejected", topic: "room", opts: opts(htmxrt.Text(strings.Repeat("x", 1001))), want: htmxrt.ErrTooLarge},
		{scenario: "a component that does not end is cut off", topic: "room", opts: opts(htmxrt.Component(endless)), want: htmxrt.ErrTooLarge},
		{scenario: "a large trigger", topic: "room", opts: opts(htmxrt.Trigger("e", strings.Repeat("x", 1000))), want: htmxrt.ErrTooLarge},
		{scenario: "a filter argument that does not marshal", topic: "room", opts: opts(htmxrt.Text("x"), badArgument(math.Inf(1))), want: htmxrt.ErrFilter},
	}
	for _, tt := range tests {
		t.Run(tt.scenario, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, htmxrt.Options{Limits: htmxrt.Limits{Message: 1000}})
			s.enter("alice", htmxrttest.As(alice))
			if err := s.hub.Send(from(alice), tt.topic, tt.opts...); !errors.Is(err, tt.want) {
				t.Errorf("Send = %v, want %v", err, tt.want)
			}
			if got := s.received(t); len(got) > 0 {
				t.Errorf("received by %q all the same", got)
			}
		})
	}
}

var badArgument = htmxrt.DefineFilter("test-bad-argument", func(*htmxrt.Client, float64) bool { return true })

// endless writes until it is refused.
var endless = templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
	for {
		if _, err := io.WriteString(w, "more "); err != nil {
			return err
		}
	}
})

func TestLimitsAreExact(t *testing.T) {
	s := newScene(t, htmxrt.Options{Limits: htmxrt.Limits{Message: 100, AnonymousMessage: 50}})
	for _, tt := range []struct {
		who  htmxrt.Identity
		size int
		want error
	}{
		{who: alice, size: 100},
		{who: alice, size: 101, want: htmxrt.ErrTooLarge},
		{who: htmxrt.Anonymous(), size: 50},
		{who: htmxrt.Anonymous(), size: 51, want: htmxrt.ErrTooLarge},
	} {
		err := s.hub.Send(from(tt.who), "room", htmxrt.Text(strings.Repeat("x", tt.size)), htmxrt.Everyone())
		if !errors.Is(err, tt.want) {
			t.Errorf("%d bytes of %v: %v, want %v", tt.size, tt.who, err, tt.want)
		}
	}
}

func TestLargestMessageArrivesWhole(t *testing.T) {
	t.Run("large_message_1MiB", func(t *testing.T) {
		s := newScene(t, htmxrt.Options{Limits: htmxrt.Limits{Message: 1 << 20}})
		stream := s.enter("alice", htmxrttest.As(alice))
		large := strings.Repeat("sixty-three bytes of text and one line break at the end of it. \n", 1<<14)
		send(t, s.hub, from(alice), htmxrt.HTML(large))
		if got := stream.Next().Data; got != large {
			t.Errorf("%d bytes arrived, want %d", len(got), len(large))
		}
	})
}

func TestSendWithoutAHub(t *testing.T) {
	if err := htmxrt.Send(from(alice), "room", htmxrt.Text("x")); !errors.Is(err, htmxrt.ErrNoHub) {
		t.Errorf("Send = %v, want %v", err, htmxrt.ErrNoHub)
	}
	hub := htmxrttest.NewHub(t, htmxrt.Options{})
	if err := htmxrt.Send(htmxrt.WithHub(from(alice), hub), "room", htmxrt.Text("x")); err != nil {
		t.Error(err)
	}
}

func TestSecretsStayWithTheSender(t *testing.T) {
	const token = `csrf+token"42`
	ctx := htmxrt.WithSecrets(htmxrt.WithSecrets(from(alice), token), "", "other")
	s := newScene(t, htmxrt.Options{})
	stream := s.enter("alice", htmxrttest.As(alice))
	for name, opts := range map[string][]htmxrt.SendOption{
		"as it is": {htmxrt.HTML("<input value='" + token + "'>"), htmxrt.Everyone()},
		"escaped":  {htmxrt.Text(token), htmxrt.ToUser("alice", "bob")},
		"in JSON":  {htmxrt.JSON("the other one"), htmxrt.ToTab("t")},
		"verb":     {htmxrt.Append("#a", component(token, nil)), htmxrt.Everyone()},
	} {
		if err := s.hub.Send(ctx, "room", opts...); !errors.Is(err, htmxrt.ErrSecretInFragment) {
			t.Errorf("%s: %v, want %v", name, err, htmxrt.ErrSecretInFragment)
		}
	}
	send(t, s.hub, ctx, htmxrt.HTML(token))
	send(t, s.hub, ctx, htmxrt.HTML(token), htmxrt.ToUser("alice"))
	if got := []string{stream.Next().Data, stream.Next().Data}; got[0] != token || got[1] != token {
		t.Errorf("alice received %q, want her own token twice", got)
	}
}
