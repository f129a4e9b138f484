package components

import (
	"context"
	"fmt"
	"io"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/static"
)

// configs make htmx obey a policy of script-src 'self'; style-src 'self': it
// neither adds a style element of its own nor evaluates attributes. They keep
// requests on the page's origin, which htmx 4 does by itself, and htmx 2 swaps
// the answer of a refused form (422 Unprocessable Content), as htmx 4 does.
var configs = map[static.Htmx]string{
	static.Htmx2: `{"includeIndicatorStyles":false,"allowEval":false,"selfRequestsOnly":true,` +
		`"responseHandling":[{"code":"204","swap":false},{"code":"[23]..","swap":true},` +
		`{"code":"422","swap":true},{"code":"[45]..","swap":false,"error":true}]}`,
	static.Htmx4: `{"includeIndicatorCSS":false,"mode":"same-origin"}`,
}

// Scripts are the script elements of a page on v, for its head: the files of
// package static where its Handler is mounted, at [static.Path], each with its
// integrity, in load order. They carry htmx's configuration for a strict
// Content-Security-Policy; a page that has its own htmx-config meta element
// puts it before Scripts, since htmx reads the first. For a major that is not
// bundled the render error is [static.ErrNotBundled].
func Scripts(v static.Htmx) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		assets, err := static.Scripts(v)
		if err != nil {
			return fmt.Errorf("components: scripts: %w", err)
		}
		return scripts(configs[v], assets).Render(ctx, w)
	})
}
