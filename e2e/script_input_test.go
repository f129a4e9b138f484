package e2e_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/static"
)

// Pages that use the script wrongly: it warns once, says what to do, and what
// can work goes on working.
func TestScriptWarns(t *testing.T) {
	t.Parallel()
	good := `<p id="good" sse-swap="a"></p>`
	tests := []struct {
		name    string
		scripts func(v static.Htmx) []string // nil: as components.Scripts has them
		live    string                       // inside the stream, besides good
		beside  string                       // outside of it
		topics  []string                     // besides a
		send    string                       // a topic to send to
		want    string
		only    []static.Htmx // that warn; nil: both
		deaf    bool          // the page is not expected to work
	}{
		{name: "twice", want: "loaded twice", scripts: func(v static.Htmx) []string {
			return slices.Insert(scripts(v), 1, pick(v, "htmxrt"))
		}},
		{name: "before_htmx", scripts: func(v static.Htmx) []string {
			return append([]string{pick(v, "htmxrt")}, without(v, "htmxrt")...)
		}},
		{name: "last", scripts: func(v static.Htmx) []string { return append(without(v, "htmxrt"), pick(v, "htmxrt")) }},
		{name: "without_htmx", want: "htmx is not loaded", deaf: true, scripts: func(v static.Htmx) []string {
			return []string{pick(v, "htmxrt")}
		}},
		{name: "unknown_htmx", want: "htmx 3.1.4 is not known", deaf: true, scripts: func(v static.Htmx) []string {
			return []string{"/three.js", pick(v, "htmxrt")}
		}},
		{name: "after_connecting", want: "loaded late", scripts: func(v static.Htmx) []string {
			return append(without(v, "htmxrt"), "/late.js")
		}},
		{name: "region_outside", beside: `<p sse-swap="a"></p>`, want: "is outside"},
		{name: "region_of_another_topic", live: `<p sse-swap="b"></p>`, want: "is not followed"},
		{name: "region_named_message", live: `<p sse-swap="message"></p>`, want: "sse-swap=\\\"message\\\" is no topic"},
		{name: "topic_like_a_DOM_event", topics: []string{"click"}, send: "click", want: "topic click fires that DOM event", only: []static.Htmx{static.Htmx4}},
		{name: "nothing_wrong", live: `<p sse-swap="a, htmxrt-reset"></p>`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			eachMajor(t, htmxrt.Options{Heartbeat: beat}, func(t *testing.T, s *site) {
				want := tt.want
				if tt.only != nil && !slices.Contains(tt.only, s.htmx) {
					want = "" // nothing special there
				}
				list := scripts(s.htmx)
				if tt.scripts != nil {
					list = tt.scripts(s.htmx)
				}
				s.script("/three.js", "window.htmx = {version: '3.1.4'}")
				s.script("/late.js", `addEventListener('htmx:sseOpen', load); addEventListener('htmx:sse:after:connection', load)
					function load() { document.head.append(Object.assign(document.createElement('script'), {src: '`+pick(s.htmx, "htmxrt")+`'})) }`)
				s.bare("/", list, tt.beside, append(tt.topics, "a"), good+tt.live)
				p := newUser(t).open(s.url)
				p.allowRefusals()
				if !tt.deaf {
					p.await("document.querySelector('#good')")
					s.visits.await(t, htmxrt.DefaultStreamPath, "the page connects", oneLives(1))
					s.send("a", htmxrt.HTML("<b>it works</b>"))
					if tt.name != "after_connecting" || s.htmx == static.Htmx2 {
						p.awaitText("#good", "it works")
					}
					if tt.send != "" {
						s.send(tt.send, htmxrt.Text("x"))
					}
				}
				// The script looks at regions 0.2 s after the page has changed.
				eval[bool](p, "new Promise(resolve => setTimeout(() => resolve(true), 500))")
				got := p.console.warnings("htmxrt: ")
				if want == "" && len(got) > 0 || want != "" && (len(got) != 1 || !strings.Contains(got[0], want)) {
					t.Errorf("the page warned %q, want %q", got, want)
				}
			})
		})
	}
}

// scripts returns the URLs of v's scripts in load order.
func scripts(v static.Htmx) []string {
	assets, err := static.Scripts(v)
	if err != nil {
		panic(err) // majors are bundled
	}
	var list []string
	for _, a := range assets {
		list = append(list, static.Path+a.Path())
	}
	return list
}

// pick returns the URL of v's script whose name begins with name.
func pick(v static.Htmx, name string) string {
	list := scripts(v)
	return list[slices.IndexFunc(list, func(url string) bool { return strings.HasPrefix(url, static.Path+name) })]
}

// without returns the URLs of v's scripts but that one.
func without(v static.Htmx, name string) []string {
	skip := pick(v, name)
	return slices.DeleteFunc(scripts(v), func(url string) bool { return url == skip })
}

// script serves a script at path.
func (s *site) script(path, text string) {
	s.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		fmt.Fprint(w, text)
	})
}

// bare serves a page with script elements of its own, that follows topics by a
// stream with live inside.
func (s *site) bare(path string, scripts []string, beside string, topics []string, live string) {
	head := `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>e2e</title><link rel="icon" href="data:,">
		<meta name="htmx-config" content='{"includeIndicatorStyles":false,"allowEval":false,"includeIndicatorCSS":false}'>`
	for _, url := range scripts {
		head += `<script src="` + url + `"></script>`
	}
	s.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", policy)
		fmt.Fprint(w, head, "</head><body>", beside)
		if err := stream(topics, templ.Raw(live)).Render(r.Context(), w); err != nil {
			s.t.Errorf("GET %s: %v", path, err)
		}
		fmt.Fprint(w, "</body></html>")
	})
}
