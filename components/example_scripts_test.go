package components_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/htmxrt/htmxrt/components"
	"github.com/htmxrt/htmxrt/static"
)

// The head of a page; static.Handler serves the files at static.Path.
func ExampleScripts() {
	var head strings.Builder
	err := components.Scripts(static.Htmx2).Render(context.Background(), &head)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(strings.Count(head.String(), "<script "), strings.Contains(head.String(), "integrity="))
	// Output: 4 true
}
