package static_test

import (
	"fmt"
	"log"
	"strings"

	"github.com/htmxrt/htmxrt/static"
)

// A layout without the components package writes the script elements itself.
func ExampleScripts() {
	scripts, err := static.Scripts(static.Htmx2)
	if err != nil {
		log.Fatal(err)
	}
	for _, s := range scripts {
		fmt.Println(s.Name, strings.HasPrefix(s.Path(), strings.TrimSuffix(s.Name, ".js")))
	}
	// Output:
	// htmx-2.0.11.min.js true
	// htmxrt.js true
	// htmx-ext-sse-2.2.4.min.js true
	// idiomorph-0.7.4.min.js true
}
