package components_test

import (
	"context"
	"log"
	"os"

	"github.com/htmxrt/htmxrt/components"
)

// Messages to the topic are added at the end of the region.
func ExampleRegion() {
	// In a templ file: @components.Region("room:42", "beforeend")
	err := components.Region("room:42", "beforeend").Render(context.Background(), os.Stdout)
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// <div data-sse-swap="room:42" hx-swap="beforeend" hx-target="this" hx-disinherit="hx-swap hx-target" aria-live="polite"></div>
}
