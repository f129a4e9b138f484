package cluster_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/htmxrt/htmxrt/internal/leak"
)

// rowsAtOnce is how many rows of the matrix run together: most of them wait for
// an engine, not for a processor. The flag -parallel goes before it.
const rowsAtOnce = "8"

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		code = 1
	}
	os.Exit(code)
}

// run runs the tests with a folder for the programs that they build.
func run(m *testing.M) (code int, err error) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		if err := flag.Set("test.parallel", rowsAtOnce); err != nil {
			return 1, err
		}
	}
	if programs.dir, err = os.MkdirTemp("", "htmxrt-cluster"); err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(programs.dir)) }()
	code = m.Run()
	if left := leak.Wait(5 * time.Second); code == 0 && len(left) > 0 {
		return 1, fmt.Errorf("%d goroutines outlive the tests:\n\n%s", len(left), strings.Join(left, "\n\n"))
	}
	return code, nil
}
