package htmxrt

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestTicketRoundTrip(t *testing.T) {
	keys := newTestKeys(t)
	alice := SignedIn(User{ID: "alice"})
	session := Session{Key: "s1"}
	want := ticket{
		topics: []string{"a", "room:42", "комната"}, tab: newTab(), binding: bind(keys, alice, session), member: true,
		log: newLogTag("log"), minted: Position{Hi: 1, Lo: 2}, expires: time.Unix(2_000_000_000, 0),
	}
	got, err := decodeTicket(keys, want.encode(keys))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.topics, want.topics) || got.tab != want.tab || got.binding != want.binding || !got.member ||
		got.log != want.log || got.minted != want.minted || !got.expires.Equal(want.expires) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestTicketOfMostTopicsFitsAURL(t *testing.T) {
	keys := newTestKeys(t)
	full := ticket{tab: newTab(), expires: time.Now().Add(time.Hour)}
	for i := range topicsHard {
		n := strconv.Itoa(i)
		full.topics = append(full.topics, strings.Repeat("x", topicMax-len(n))+n)
	}
	text := full.encode(keys)
	if len(text) > ticketText || len(text) > 12<<10 {
		t.Errorf("ticket of %d bytes, read up to %d", len(text), ticketText)
	}
	if _, err := decodeTicket(keys, text); err != nil {
		t.Error(err)
	}
}

func TestTicketIsRefused(t *testing.T) {
	keys := newTestKeys(t)
	good := ticket{topics: []string{"a"}, tab: newTab(), expires: time.Unix(1_900_000_000, 0)}
	text := good.encode(keys)
	if _, err := decodeTicket(keys, text); err != nil {
		t.Fatalf("the good one: %v", err)
	}
	tests := map[string]string{
		"forged topic": text[:len(text)-26] + "_" + text[len(text)-25:],
		"line break":   text[:9] + "\n" + text[9:],
		"foreign":      good.encode(newTestKeys(t, "x")),
		"no topics":    ticket{tab: newTab()}.encode(keys),
		"oversized":    strings.Repeat("A", ticketText+1),
		"truncated":    text[:len(text)-1],
		"not base64":   "!" + text,
		"a cursor":     string(encodeCursor(keys, logTag{}, mark{})),
		"empty":        "",
	}
	for name, s := range tests {
		if _, err := decodeTicket(keys, s); !errors.Is(err, errBadTicket) {
			t.Errorf("%s: %v, want %v", name, err, errBadTicket)
		}
	}
}

func TestTicketIsBoundToItsViewer(t *testing.T) {
	keys, rotated := newTestKeys(t, "k"), newTestKeys(t, "new", "k")
	alice, bob := SignedIn(User{ID: "alice"}), SignedIn(User{ID: "bob"})
	tests := []struct {
		name       string
		for_, who  Identity
		forS, whoS string
		want       bool
	}{
		{name: "the same user and session", for_: alice, who: alice, forS: "1", whoS: "1", want: true},
		{name: "another session of the user", for_: alice, who: alice, forS: "1", whoS: "2"},
		{name: "another user", for_: alice, who: bob, forS: "1", whoS: "1"},
		{name: "same_id_other_realm_not_self", for_: SignedIn(User{ID: "7"}), who: SignedIn(User{ID: "admin:7"})},
		{name: "logged out", for_: alice, who: Anonymous(), forS: "1"},
		{name: "logged in", for_: Anonymous(), who: alice},
		{name: "anonymous", for_: Anonymous(), who: Anonymous(), whoS: "gained", want: true},
		{name: "the store failed at connect", for_: alice, who: Identity{}, forS: "1"},
		{name: "unknown at render, anonymous now", for_: Identity{}, who: Anonymous(), want: true},
		{name: "unknown at render, signed in now", for_: Identity{}, who: alice},
		{name: "anonymous at render, unknown now", for_: Anonymous(), who: Identity{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := bind(keys, tt.for_, Session{Key: tt.forS})
			for _, k := range []*keyring{keys, rotated} {
				if got := b.admits(k, tt.who, Session{Key: tt.whoS}); got != tt.want {
					t.Errorf("admits = %v, want %v", got, tt.want)
				}
			}
		})
	}
}

func TestTabIDsAreRandomAndChecked(t *testing.T) {
	a, b := newTab(), newTab()
	if a == b || checkTab(a) != a {
		t.Errorf("newTab() = %q, then %q", a, b)
	}
	for _, s := range []string{"", "x", a + "A", a[:21], a[:20] + "\r\n", strings.Repeat("!", 22)} {
		if got := checkTab(s); got != "" {
			t.Errorf("checkTab(%q) = %q, want nothing", s, got)
		}
	}
}

func FuzzTicket(f *testing.F) {
	keys := newTestKeys(f)
	f.Add(ticket{topics: []string{"a"}, tab: newTab(), expires: time.Unix(1_900_000_000, 0)}.encode(keys))
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		got, err := decodeTicket(keys, s)
		if err == nil && got.encode(keys) != s {
			t.Errorf("%q was accepted but is written %q", s, got.encode(keys))
		}
	})
}
