package e2e_test

import (
	"flag"
	"fmt"
	"os"
	"testing"
)

// atOnce is how many tests run at a time unless -parallel says otherwise: most
// of them wait for a browser to lose patience, which takes no processor.
const atOnce = "6"

func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		if err := flag.Set("test.parallel", atOnce); err != nil {
			fmt.Fprintln(os.Stderr, "e2e:", err)
			os.Exit(1)
		}
	}
	if err := os.RemoveAll(artifacts); err != nil { // of the last run
		fmt.Fprintln(os.Stderr, "e2e:", err)
		os.Exit(1)
	}
	code := m.Run()
	chromium.close()
	os.Exit(code)
}
