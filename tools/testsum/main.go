// Command testsum reads the events of go test -json from standard input, one or
// many runs after another, and prints a line for each package as it finishes,
// what failing tests wrote, in full, and last of all the totals, such as
// "812 passed, 0 failed". Subtests, examples and fuzz seeds count as tests.
//
// It exits with 1 if a test or a build failed, if no test ran, and, where the
// environment sets CI, if a test was skipped.
package main

import (
	"fmt"
	"os"
)

func main() {
	s := newSummary(os.Stdout)
	if err := s.read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
		os.Exit(1)
	}
	if !s.close(os.Getenv("CI") != "") {
		os.Exit(1)
	}
}
