package static_test

import (
	"fmt"
	"log"

	"github.com/htmxrt/htmxrt/static"
)

// A layout without the components package writes the script elements itself.
func ExampleScripts() {
	scripts, err := static.Scripts(static.Htmx2)
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range scripts {
		fmt.Println(static.Path + s.Path())
	}
	// Output:
	// /_rt/static/htmx-2.0.11.min.d6fdc75f204e.js
	// /_rt/static/htmx-ext-sse-2.2.4.min.98a46496de0c.js
}
