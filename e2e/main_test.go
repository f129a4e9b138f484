package e2e_test

import (
	"fmt"
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	if err := os.RemoveAll(artifacts); err != nil { // of the last run
		fmt.Fprintln(os.Stderr, "e2e:", err)
		os.Exit(1)
	}
	code := m.Run()
	chromium.close()
	os.Exit(code)
}
