package chat_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/htmxrt/htmxrt/example-chat/chat"
)

func TestIDOfAUser(t *testing.T) {
	for name, want := range map[string]string{
		"Ada":          "ada",
		"Ada Lovelace": "ada-lovelace",
		"  O'Neil_":    "o-neil",
		"Ünal":         "ünal",
		"@bob":         "bob",
		"नमस्ते":       "नमस्ते",
		"!!!":          "!!!",
	} {
		if got := chat.User(name); got.ID != want || got.Name != name {
			t.Errorf("User(%q) = %+v, want the id %q", name, got, want)
		}
	}
}

func TestMentions(t *testing.T) {
	tests := []struct {
		text string
		want []string
	}{
		{text: "nobody"},
		{text: "@Bob", want: []string{"bob"}},
		{text: "hi @bob, @Ada-Lovelace.", want: []string{"bob", "ada-lovelace"}},
		{text: "(@ada_lovelace)", want: []string{"ada-lovelace"}},
		{text: "mail bob@example.com"},
		{text: "@ bob @@"},
		{text: "@Ünal!", want: []string{"ünal"}},
		{text: strings.Repeat("@x ", 30), want: slices.Repeat([]string{"x"}, 20)},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			if got := chat.Mentions(tt.text); !slices.Equal(got, tt.want) {
				t.Errorf("Mentions(%q) = %q, want %q", tt.text, got, tt.want)
			}
		})
	}
}

// What others mention somebody by is the id of the name.
func TestMentionOfAName(t *testing.T) {
	for _, name := range []string{"Ada", "Ada Lovelace", "O'Neil", "Ünal 2", "a.b_c"} {
		id := chat.User(name).ID
		if got := chat.Mentions("hello @" + id + "!"); !slices.Equal(got, []string{id}) {
			t.Errorf("a mention of %q = %q, want %q", name, got, id)
		}
	}
}

func FuzzHTML(f *testing.F) {
	for _, text := range []string{"", "@bob", "<@bob>", "&@bob&lt;", "\x00\xff\r\n", "<mark>@a</mark>"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		text = chat.Clean(text)
		if !utf8.ValidString(text) || strings.ContainsAny(text, "\x00\r") {
			t.Fatalf("Clean = %q", text)
		}
		marks := strings.NewReplacer("<mark>", "", "</mark>", "")
		if rest := marks.Replace(chat.HTML(text)); strings.ContainsAny(rest, `<>"'`) {
			t.Fatalf("HTML(%q) has markup of its own: %q", text, rest)
		}
	})
}
