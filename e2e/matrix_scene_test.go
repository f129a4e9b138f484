package e2e_test

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/components"
	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/static"
)

// client is what runs in a page of the matrix.
type client struct {
	name  string
	bare  bool // EventSource and nothing else
	major static.Htmx
}

var (
	onHtmx2 = client{name: "htmx2", major: static.Htmx2}
	onHtmx4 = client{name: "htmx4", major: static.Htmx4}
	bare    = client{name: "EventSource", bare: true}

	scripted = []client{onHtmx2, onHtmx4}
	clients  = []client{onHtmx2, onHtmx4, bare}
)

// onEach runs f as a parallel subtest for each of list.
func onEach(t *testing.T, list []client, f func(t *testing.T, c client)) {
	t.Helper()
	for _, c := range list {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f(t, c)
		})
	}
}

// scene is one page of a client that follows the topic "room" of a site, which
// knows all that was said there: a page that loads shows it. What is said has
// no element id, so that nothing hides a double.
type scene struct {
	*site
	client client
	user   *user
	tab    *tab

	mu   sync.Mutex // guards said
	said int        // 1 to said was said
}

// setting is what a scene differs in from others. Zero fields are the defaults.
type setting struct {
	options htmxrt.Options
	speed   int             // how many times as fast the page's clock runs
	as      string          // who is signed in
	with    string          // more attributes of the stream's element
	inside  templ.Component // more inside the stream
	below   templ.Component // more behind it
	rule    ruling          // for the first requests
	next    []ruling
}

func (set setting) complete() setting {
	if set.inside == nil {
		set.inside = templ.NopComponent
	}
	if set.below == nil {
		set.below = templ.NopComponent
	}
	return set
}

// newScene opens a page. Its stream is live, unless the setting has rulings.
func newScene(t *testing.T, c client, set setting) *scene {
	t.Helper()
	if set.options.Key == nil {
		set.options.Key = []byte(strings.Repeat("k", 32)) // stays the same over a restart
	}
	if set.speed > 1 { // the page hears of its server as often as one at its ease
		set.options.Heartbeat = 300 * time.Millisecond
	}
	s := &scene{site: newSite(t, set.options), client: c}
	s.mux.HandleFunc("GET /bare.js", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, "testdata/bare.js")
	})
	s.mux.HandleFunc("GET /login", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, loginPage)
	})
	s.serve("/", set)
	s.gate.script(set.rule, set.next...)
	s.user = newUser(t)
	p := s.user.blank()
	s.tab = p
	if set.speed > 1 {
		p.before(fmt.Sprintf(hurry, set.speed))
	}
	p.navigate(s.url + "/?as=" + set.as)
	t.Cleanup(func() {
		if got := eval[[]string](p, "e2e.violations"); len(got) > 0 {
			t.Errorf("the page broke its policy: %q", got)
		}
	})
	if set.rule == nil && set.next == nil {
		p.awaitLive()
	}
	return s
}

// loginPage is what a refused browser may meet. A client that reads it as an
// event stream shows it.
const loginPage = "<!doctype html>\n<title>Sign in</title>\n<p>Sign in</p>\ndata: Sign in\n\n"

// serve serves the scene's page at path.
func (s *scene) serve(path string, set setting) {
	set = set.complete()
	if s.client.bare {
		s.showOn(path, s.scripts(), s.barePage())
		return
	}
	s.showOn(path, s.scripts(), parts(s.element(set), set.below))
}

// scripts are those of the client.
func (s *scene) scripts() templ.Component {
	if s.client.bare {
		return templ.Raw(`<script src="/bare.js" defer></script>`)
	}
	return components.Scripts(s.client.major)
}

// element is the stream with the room inside.
func (s *scene) element(set setting) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		room := parts(templ.Raw(`<div id="room" data-sse-swap="room" hx-swap="beforeend">`), s.lines(), templ.Raw(`</div>`))
		var b strings.Builder
		if err := stream([]string{"room"}, room, set.inside).Render(ctx, &b); err != nil {
			return err
		}
		_, err := io.WriteString(w, strings.Replace(b.String(), "<div", "<div "+set.with, 1))
		return err
	})
}

// barePage is the room for testdata/bare.js.
func (s *scene) barePage() templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		c, err := htmxrt.Connect(ctx, "room")
		if err != nil {
			return err
		}
		io.WriteString(w, `<div id="room" data-stream="`+templ.EscapeString(c.URL)+`">`)
		defer io.WriteString(w, `</div>`)
		return s.lines().Render(ctx, w)
	})
}

// lines shows all that was said.
func (s *scene) lines() templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		for n := range s.note(0) {
			io.WriteString(w, line(n+1))
		}
		return nil
	})
}

func line(n int) string { return "<p>" + strconv.Itoa(n) + "</p>" }

// say says n more things: with htmx by the topic and by a verb in turns, which
// come in one order.
func (s *scene) say(n int) {
	s.t.Helper()
	for range n {
		n := s.note(1)
		if s.client.bare || n%2 == 1 {
			s.send("room", htmxrt.HTML(line(n)))
		} else {
			s.send("room", htmxrt.Append("#room", templ.Raw(line(n))))
		}
	}
}

// note adds n numbered things to what was said and returns the last of them.
func (s *scene) note(n int) (last int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.said += n
	return s.said
}

// inRoom lists what the page shows.
const inRoom = `[...document.querySelectorAll("#room > p")].map(p => p.textContent)`

// awaitAll waits, for limit, until the page shows all that was said, and wants
// each to be there once and in order.
func (s *scene) awaitAll(limit time.Duration) {
	s.t.Helper()
	var want []string
	for n := range s.note(0) {
		want = append(want, strconv.Itoa(n+1))
	}
	all := fmt.Sprintf(`document.querySelectorAll("#room > p").length >= %d`, len(want))
	err := s.tab.awaitFor(all, limit)
	got := eval[[]string](s.tab, inRoom)
	if slices.Equal(got, want) {
		return
	}
	s.t.Fatalf("the page shows %s: %v\nit asked for streams: %s", compared(got, want), err, s.journal())
}

// settle says one more thing and wants it on the page behind all others, one
// open stream, and no page loaded in secret to repair what was lost.
func (s *scene) settle() {
	s.t.Helper()
	s.say(1)
	s.awaitAll(patience)
	s.gate.awaitOpen(s.t, 1)
	if got := s.visits.count("/"); got != 1 {
		s.t.Errorf("the page was fetched %d times, want once: nothing had to be healed", got)
	}
}

// streams returns the requests for streams so far.
func (s *scene) streams() []visit {
	list, _ := s.visits.of(htmxrt.DefaultStreamPath)
	return list
}

// longPatience is for what comes after a long back-off.
const longPatience = 45 * time.Second

// awaitStreams waits until there were n requests for streams.
func (s *scene) awaitStreams(n int) {
	s.t.Helper()
	s.visits.awaitFor(s.t, longPatience, htmxrt.DefaultStreamPath, fmt.Sprintf("%d requests for streams", n),
		func(list []visit) bool { return len(list) >= n })
}

// journal lists the requests for streams.
func (s *scene) journal() string {
	var b strings.Builder
	list := s.streams()
	for i, one := range list {
		fmt.Fprintf(&b, "\n  +%v: %d, after=…%s, Last-Event-ID …%s", one.at.Sub(list[0].at).Round(time.Millisecond),
			one.status, tail(one.after()), tail(one.lastID))
		if i == 30 {
			fmt.Fprintf(&b, "\n  and %d more", len(list)-i-1)
			break
		}
	}
	return b.String()
}

// tail is the end of a cursor, which differs where the beginning does not.
func tail(cursor string) string { return cursor[max(0, len(cursor)-6):] }

// compared says how got differs from want.
func compared(got, want []string) string {
	count := make(map[string]int)
	for _, text := range got {
		count[text]++
	}
	var lost, doubled []string
	for _, text := range want {
		switch n := count[text]; {
		case n == 0:
			lost = append(lost, text)
		case n > 1:
			doubled = append(doubled, text)
		}
		delete(count, text)
	}
	if lost == nil && doubled == nil && len(count) == 0 {
		return fmt.Sprintf("another order: %q", got)
	}
	return fmt.Sprintf("%d of %d: lost %q, doubled %q, not said %v", len(got), len(want), lost, doubled, count)
}

// pass lets time pass in the page: what it wants to do within that it does.
func (s *scene) pass(d time.Duration) {
	s.t.Helper()
	eval[bool](s.tab, fmt.Sprintf("new Promise(resolve => e2e.setTimeout(() => resolve(true), %d))", d.Milliseconds()))
}

// haste is the usual speed of a page that shall soon lose its patience.
const haste = 20

// hurry gives a page's scripts a clock that is %d times as fast, so that a test
// can see a minute's back-off. What the browser does by itself keeps its pace.
const hurry = `{
  const {setTimeout: later, setInterval: each} = window
  const speed = %d, day = Date.now, since = performance.now.bind(performance), start = day()
  window.setTimeout = (f, ms, ...rest) => later(f, ms / speed, ...rest)
  window.setInterval = (f, ms, ...rest) => each(f, ms / speed, ...rest)
  const timeout = AbortSignal.timeout.bind(AbortSignal)
  AbortSignal.timeout = ms => timeout(ms / speed)
  Date.now = () => start + (day() - start) * speed
  performance.now = () => since() * speed
}`
