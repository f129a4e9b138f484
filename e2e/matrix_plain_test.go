package e2e_test

import (
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/components"
	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/static"
)

// plainHtmx2 are htmx 2 and its sse extension, without htmxrt.js.
func plainHtmx2() templ.Component {
	var b strings.Builder
	b.WriteString(`<meta name="htmx-config" content='{"includeIndicatorStyles":false,"allowEval":false}'>`)
	for _, name := range []string{"htmx-2", "htmx-ext-sse"} {
		for _, asset := range static.Assets() {
			if strings.HasPrefix(asset.Name, name) {
				b.WriteString(`<script src="` + static.Path + asset.Path() + `" defer></script>`)
			}
		}
	}
	return templ.Raw(b.String())
}

// htmx 2 and its extension, without the script, show what is sent, and lose
// nothing where the browser returns by itself. After an HTTP error the extension
// starts from the cursor of the page's URL: what was said since comes again.
// That is what the script is for; it is never a loss, and never a loop.
func TestPlainHtmx2(t *testing.T) {
	t.Parallel()
	s := newSite(t, htmxrt.Options{Heartbeat: beat})
	s.showOn("/", plainHtmx2(), stream([]string{"room"}, components.Region("room", "beforeend")))
	p := newUser(t).open(s.url)
	p.console.allow(refusedNoise...)
	p.awaitOpen(1)
	say := func(texts ...string) {
		for _, text := range texts {
			s.send("room", htmxrt.Text(text))
		}
	}
	say("a", "b")
	p.awaitText(regionOf("room"), "ab")

	s.gate.cut(t)
	say("c")
	p.awaitText(regionOf("room"), "abc")

	s.gate.script(nil, refuseWith(503), refuseWith(503), refuseWith(503))
	s.gate.cut(t)
	say("d")
	p.awaitText(regionOf("room"), "abc"+"abcd")
	say("e")
	p.awaitText(regionOf("room"), "abc"+"abcde")

	asked, _ := s.visits.of(htmxrt.DefaultStreamPath)
	if len(asked) != 6 {
		t.Fatalf("the page asked %d times, want 6: the stream, a return, three refusals, the stream", len(asked))
	}
	for i, one := range asked {
		if native := i == 1 || i == 2; native != (one.lastID != "") {
			t.Errorf("request %d came with Last-Event-ID %q, want one on native returns only", i+1, one.lastID)
		}
		if one.after() != asked[0].after() {
			t.Errorf("request %d came with another URL than the page's", i+1)
		}
	}
	for i, least := range []time.Duration{400, 900, 1900} { // the extension waits 0.5, 1 and 2 s
		if gap := asked[i+3].at.Sub(asked[i+2].at); gap < least*time.Millisecond {
			t.Errorf("the page asked again %v after refusal %d, want %v at least", gap, i+1, least*time.Millisecond)
		}
	}
}
