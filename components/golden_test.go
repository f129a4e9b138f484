package components_test

import (
	"context"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/components"
	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
	"github.com/htmxrt/htmxrt/static"
)

var update = flag.Bool("update", false, "write the golden files of testdata")

// render renders c in a request of who, as a page does.
func render(tb testing.TB, who htmxrt.Identity, c templ.Component) (string, error) {
	tb.Helper()
	hub := htmxrttest.NewHub(tb, htmxrt.Options{Authorize: refuseSecret})
	var page strings.Builder
	var err error
	handler := hub.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		err = c.Render(r.Context(), &page)
	}))
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	handler.ServeHTTP(httptest.NewRecorder(), r.WithContext(htmxrt.WithIdentity(r.Context(), who)))
	return page.String(), err
}

// refuseSecret lets everybody follow everything but the topic "secret".
func refuseSecret(_ context.Context, _ htmxrt.Identity, topic string) error {
	if topic == "secret" {
		return htmxrt.ErrForbidden
	}
	return nil
}

// inside returns outer with inner as its children.
func inside(outer, inner templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return outer.Render(templ.WithChildren(ctx, inner), w)
	})
}

// list is a list that is a region itself.
func list(topic string) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		io.WriteString(w, "<ul")
		templ.RenderAttributes(ctx, w, components.RegionAttributes(topic, "afterbegin"))
		_, err := io.WriteString(w, "></ul>")
		return err
	})
}

// random are the parts of a page that differ each time.
var random = []struct {
	find *regexp.Regexp
	word string
}{
	{regexp.MustCompile(`after=[0-9a-z]+`), "after=CURSOR"},
	{regexp.MustCompile(`ticket=[\w-]+`), "ticket=TICKET"},
	{regexp.MustCompile(`htmxrt\.[0-9a-f]{12}\.js" integrity="[^"]+"`), `htmxrt.HASH.js" integrity="HASH"`},
	{regexp.MustCompile(`Htmxrt-Tab&#34;:&#34;[\w-]{22}&#34;`), "Htmxrt-Tab&#34;:&#34;TAB&#34;"},
}

// wantGolden compares html, one element a line and with fixed words for what is
// random, with a file of testdata.
func wantGolden(tb testing.TB, name, html string) {
	tb.Helper()
	for _, r := range random {
		html = r.find.ReplaceAllString(html, r.word)
	}
	html = strings.ReplaceAll(html, "><", ">\n<") + "\n"
	file := filepath.Join("testdata", name+".html")
	if *update {
		if err := os.WriteFile(file, []byte(html), 0o666); err != nil {
			tb.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	if html != string(want) {
		tb.Errorf("%s: got\n%swant\n%s", file, html, want)
	}
}

func TestMarkup(t *testing.T) {
	content := templ.Raw("<p>first</p>")
	tests := []struct {
		golden    string
		component templ.Component
	}{
		{"scripts", components.Scripts(static.Htmx2)},
		{"scripts_htmx4", components.Scripts(static.Htmx4)},
		{"status", components.Status()},
		{"stream", inside(components.Stream("room:42", "notifications"), content)},
		{"stream_refused", inside(components.Stream("secret"), content)},
		{"region", inside(components.Region("room:42", "beforeend"), content)},
		{"region_default", components.Region(`room:"<&>`, "")},
		{"region_attributes", list("room:42")},
	}
	for _, tt := range tests {
		t.Run(tt.golden, func(t *testing.T) {
			html, err := render(t, htmxrt.Anonymous(), tt.component)
			if err != nil {
				t.Fatal(err)
			}
			wantGolden(t, tt.golden, html)
		})
	}
}
