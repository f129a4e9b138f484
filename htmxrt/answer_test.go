package htmxrt_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

// members lets signed-in users follow everything but what begins with "secret".
func members(_ context.Context, who htmxrt.Identity, topic string) error {
	if _, ok := who.User(); !ok || strings.HasPrefix(topic, "secret") {
		return errors.New("members only")
	}
	return nil
}

// get asks for a stream that is not given, and returns the answer.
func get(t *testing.T, h http.Handler, path string, opts ...htmxrttest.OpenOption) (*http.Response, string) {
	t.Helper()
	res := htmxrttest.NewServer(t, h).Get(path, opts...)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

func TestStreamRequestsThatAreRefused(t *testing.T) {
	topics := func(n int) string {
		query := url.Values{}
		for i := range n {
			query.Add("topic", fmt.Sprint("t", i))
		}
		return "/?" + query.Encode()
	}
	tests := []struct {
		scenario string
		path     string
		method   string
		opts     []htmxrttest.OpenOption
		options  htmxrt.Options
		status   int
	}{
		{scenario: "head_and_post_on_stream_route", method: http.MethodPost, path: "/?topic=a", status: 405},
		{scenario: "head_and_post_on_stream_route", method: http.MethodHead, path: "/?topic=a", status: 405},
		{scenario: "cross-site", path: "/?topic=a", opts: header("Sec-Fetch-Site", "cross-site"), status: 403},
		{scenario: "same-site", path: "/?topic=a", opts: header("Sec-Fetch-Site", "same-site"), status: 403},
		{scenario: "foreign origin", path: "/?topic=a", opts: header("Origin", "https://evil.example"), status: 403},
		{scenario: "null origin", path: "/?topic=a", opts: header("Origin", "null"), status: 403},
		{scenario: "no_topics_uses_server_chooser_else_400", path: "/", status: 400},
		{scenario: "bad topic", path: "/?topic=a%0Ab", status: 400},
		{scenario: "topic_newline_cr_nul_rejected", path: "/?topic=a%00", status: 400},
		{scenario: "topic_comma_rejected", path: "/?topic=a,b", status: 400},
		{scenario: "reserved topic", path: "/?topic=message", status: 400},
		{scenario: "too_many_topics_400", path: topics(65), status: 400},
		{scenario: "authoriser_denies_topic", path: "/?topic=a&topic=secret", status: 403},
		{scenario: "browsers name topics only with Authorize", path: "/?topic=a", options: htmxrt.Options{Heartbeat: time.Minute}, status: 403},
		{scenario: "authoriser_panics_is_deny", path: "/?topic=a", options: htmxrt.Options{
			Authorize: func(context.Context, htmxrt.Identity, string) error { panic("oops") },
		}, status: 403},
	}
	for _, tt := range tests {
		t.Run(tt.scenario, func(t *testing.T) {
			t.Parallel()
			if tt.options.Authorize == nil && tt.options.Heartbeat == 0 {
				tt.options.Authorize = members
			}
			hub := htmxrttest.NewHub(t, tt.options)
			opts := append(tt.opts, htmxrttest.As(alice))
			if tt.method != "" {
				opts = append(opts, htmxrttest.Method(tt.method))
			}
			res, body := get(t, hub, tt.path, opts...)
			if res.StatusCode != tt.status {
				t.Errorf("status %d %q, want %d", res.StatusCode, body, tt.status)
			}
			if strings.Contains(body, "secret") || res.Header.Get("Set-Cookie") != "" {
				t.Errorf("the answer tells too much: %q", body)
			}
			if got := res.Header.Get("Allow"); (got == "GET") != (tt.status == 405) {
				t.Errorf("Allow = %q", got)
			}
			if stats := hub.Stats(); stats.Streams != 0 || stats.Refused != 1 {
				t.Errorf("stats = %+v, want no stream and one refusal", stats)
			}
		})
	}
}

func header(name, value string) []htmxrttest.OpenOption {
	return []htmxrttest.OpenOption{htmxrttest.Header(name, value)}
}

func TestStreamRequestsThatAreServed(t *testing.T) {
	many := url.Values{}
	for i := range 64 {
		many.Add("topic", fmt.Sprint("t", i))
	}
	many.Set("topic", "room")
	for i := range 63 {
		many.Add("topic", fmt.Sprint("t", i))
	}
	tests := []struct {
		scenario, path string
		opts           []htmxrttest.OpenOption
		topic          string
	}{
		{scenario: "same-origin", path: "/?topic=room", opts: header("Sec-Fetch-Site", "same-origin"), topic: "room"},
		{scenario: "typed address", path: "/?topic=room", opts: header("Sec-Fetch-Site", "none"), topic: "room"},
		{scenario: "own origin", path: "/?topic=room", opts: header("Origin", "http://htmxrt.test"), topic: "room"},
		{scenario: "plain_eventsource_and_curl", path: "/?topic=room", topic: "room"},
		{scenario: "topic_spaces_trimmed_in_query_rejected_in_send", path: "/?topic=%20room%20", topic: "room"},
		{scenario: "topic_duplicate_in_url_delivers_once", path: "/?topic=room&topic=room", topic: "room"},
		{scenario: "topics_repeated_params_and_percent_encoding", path: "/?topic=a%26b%2Bc&topic=room", topic: "a&b+c"},
		{scenario: "topic_unicode_roundtrip", path: "/?topic=" + url.QueryEscape("комната-🚀"), topic: "комната-🚀"},
		{scenario: "as many topics as allowed", path: "/?" + many.Encode(), topic: "t62"},
	}
	for _, tt := range tests {
		t.Run(tt.scenario, func(t *testing.T) {
			t.Parallel()
			hub := htmxrttest.NewHub(t, htmxrt.Options{Authorize: members})
			stream := htmxrttest.NewServer(t, hub).Open(tt.path, append(tt.opts, htmxrttest.As(alice))...)
			for _, text := range []string{"once", "fence"} {
				if err := hub.Send(from(alice), tt.topic, htmxrt.Text(text)); err != nil {
					t.Fatal(err)
				}
				if got := stream.Next(); got.Data != text || got.Name != tt.topic {
					t.Errorf("received %q %q, want %q %q", got.Name, got.Data, tt.topic, text)
				}
			}
		})
	}
}

func TestTopicsAreExact(t *testing.T) {
	t.Run("topic_exact_case_sensitive_no_prefix", func(t *testing.T) {
		s := newScene(t, htmxrt.Options{})
		stream := s.enter("alice", htmxrttest.As(alice))
		for _, topic := range []string{"Room", "room:1", "roo", "room*", "*"} {
			if err := s.hub.Send(from(alice), topic, htmxrt.Text(topic)); err != nil {
				t.Fatal(err)
			}
		}
		send(t, s.hub, from(alice), htmxrt.Text("fence"))
		if got := stream.Next().Data; got != "fence" {
			t.Errorf("received what was sent to %q", got)
		}
	})
}

func TestStreamHeadersAndFirstEvent(t *testing.T) {
	t.Run("headers_exact", func(t *testing.T) {
		s := newScene(t, htmxrt.Options{})
		got := s.enter("alice").Header
		for name, want := range map[string]string{
			"Content-Type":           "text/event-stream",
			"Cache-Control":          "no-store, no-transform",
			"X-Accel-Buffering":      "no",
			"X-Content-Type-Options": "nosniff",
			"Vary":                   "Cookie",
			"Content-Length":         "",
			"Set-Cookie":             "",
			"Location":               "",
		} {
			if got.Get(name) != want {
				t.Errorf("%s = %q, want %q", name, got.Get(name), want)
			}
		}
	})
	t.Run("opening_frame_first_and_immediate", func(t *testing.T) {
		s := newScene(t, htmxrt.Options{})
		open := s.enter("alice").Opening()
		if open.Name != "htmxrt-open" || open.ID != string(s.hub.Cursor()) || open.Retry <= 0 ||
			!strings.Contains(open.Data, `"version":1`) || !strings.Contains(open.Data, `"tab":"`) {
			t.Errorf("first event = %+v", open)
		}
	})
}

func TestWriterThatCannotFlush(t *testing.T) {
	t.Run("non_flushable_writer_clean_500", func(t *testing.T) {
		hub := htmxrttest.NewHub(t, htmxrt.Options{})
		res, body := get(t, http.TimeoutHandler(hub.Stream("room"), time.Minute, ""), "/")
		if res.StatusCode != http.StatusInternalServerError || !strings.Contains(body, "cannot be flushed") {
			t.Errorf("answer %d %q, want a readable 500", res.StatusCode, body)
		}
	})
	t.Run("recorder_without_deadline_support", func(t *testing.T) {
		hub := htmxrttest.NewHub(t, htmxrt.Options{})
		ctx, cancel := context.WithCancel(context.Background())
		recorder := &wakingRecorder{ResponseRecorder: httptest.NewRecorder(), wrote: make(chan struct{}, 8)}
		ended := make(chan struct{})
		go func() { // ends when ctx does, below
			defer close(ended)
			hub.Stream("room").ServeHTTP(recorder, httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil))
		}()
		<-recorder.wrote
		send(t, hub, context.Background(), htmxrt.Text("hello"), htmxrt.Everyone())
		<-recorder.wrote
		cancel()
		<-ended
		if got := recorder.Body.String(); !strings.Contains(got, "data: hello\n") {
			t.Errorf("recorded %q", got)
		}
	})
}

// wakingRecorder tells when it was flushed.
type wakingRecorder struct {
	*httptest.ResponseRecorder
	wrote chan struct{}
}

func (r *wakingRecorder) Flush() {
	r.ResponseRecorder.Flush()
	r.wrote <- struct{}{}
}

// Ids that the server gave somebody else give no right to whoever names them.
func TestIDsGiveNoRight(t *testing.T) {
	t.Run("connection_id_guessing_useless", func(t *testing.T) {
		s := newScene(t, htmxrt.Options{Authorize: members})
		victim := s.server.Open("/room", htmxrttest.As(alice))
		tab := victim.Tab()
		ids := make(map[string]bool)
		for _, opts := range [][]htmxrttest.OpenOption{
			{htmxrttest.Header(htmxrt.TabHeader, tab)},
			{htmxrttest.Header("Cookie", "tab="+tab)},
		} {
			thief := s.server.Open("/?topic=room&tab="+tab+"&id="+tab, append(opts, htmxrttest.As(bob))...)
			ids[thief.Tab()] = true
			for _, to := range []htmxrt.SendOption{htmxrt.ToTab(tab), htmxrt.ToUser("alice"), htmxrt.ToUser("bob")} {
				send(t, s.hub, from(alice), htmxrt.Text("x"), to)
			}
			if got := thief.Next(); got.Data != "x" {
				t.Errorf("bob received %+v", got)
			}
			send(t, s.hub, from(alice), htmxrt.Text("fence"), htmxrt.Everyone())
			thief.NextIs("fence")
		}
		if ids[tab] || len(ids) != 2 {
			t.Errorf("tab %q was given again: %v", tab, ids)
		}
	})
}

func TestStreamPanicsOnBadTopicsAtStart(t *testing.T) {
	hub := htmxrttest.NewHub(t, htmxrt.Options{})
	for _, topics := range [][]string{nil, {"a,b"}, make([]string, 65)} {
		func() {
			defer func() {
				if err, ok := recover().(error); !ok || !errors.Is(err, htmxrt.ErrBadTopic) {
					t.Errorf("Stream(%q) panicked with %v, want %v", topics, err, htmxrt.ErrBadTopic)
				}
			}()
			hub.Stream(topics...)
		}()
	}
}

func TestCapsPerIdentityAddressAndHub(t *testing.T) {
	t.Run("cap_per_user_per_ip_total", func(t *testing.T) {
		s := newScene(t, htmxrt.Options{
			Limits:   htmxrt.Limits{StreamsPerIdentity: 2, StreamsPerIP: 3, Streams: 4},
			ClientIP: func(r *http.Request) string { return r.Header.Get("Test-IP") },
		})
		at := func(ip string) htmxrttest.OpenOption { return htmxrttest.Header("Test-IP", ip) }
		refused := func(why string, opts ...htmxrttest.OpenOption) {
			t.Helper()
			got := s.server.Open("/room", opts...).NextRaw()
			if got.Name != "htmxrt-bye" || got.Retry < 10*time.Second || got.HasID {
				t.Errorf("%s: %+v, want htmxrt-bye with a long retry and no id", why, got)
			}
		}
		first := s.enter("alice 1", htmxrttest.As(alice), at("1"))
		s.enter("alice 2", htmxrttest.As(alice), at("2"))
		refused("a third of alice", htmxrttest.As(alice), at("3"))
		s.enter("guest 1", htmxrttest.As(htmxrt.Anonymous()), at("1"))
		s.enter("guest 2", htmxrttest.As(htmxrt.Anonymous()), at("1"))
		refused("a fifth of all", at("4"))

		first.Close()
		s.server.AwaitStreams(s.hub, 3)
		s.enter("alice 3", htmxrttest.As(alice), at("1")).Close()
		s.server.AwaitStreams(s.hub, 3)
		s.enter("guest 3", htmxrttest.As(htmxrt.Anonymous()), at("1")).Close()
	})
	t.Run("cap per address", func(t *testing.T) {
		s := newScene(t, htmxrt.Options{
			Limits:   htmxrt.Limits{StreamsPerIP: 1},
			ClientIP: func(r *http.Request) string { return r.Header.Get("Test-IP") },
		})
		s.enter("1", htmxrttest.Header("Test-IP", "1"))
		s.enter("2", htmxrttest.Header("Test-IP", "2"))
		if got := s.server.Open("/room", htmxrttest.Header("Test-IP", "1")).NextRaw(); got.Name != "htmxrt-bye" {
			t.Errorf("second stream of an address: %+v", got)
		}
	})
}
