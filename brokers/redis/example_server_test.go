package redis

import (
	"fmt"
	"log"
	"os"
	"strings"
)

// Serve starts a server for an example.
func Serve() (url string, stop func()) {
	dir, err := os.MkdirTemp("", "redis")
	if err != nil {
		log.Fatal(err)
	}
	port, err := freePort()
	if err != nil {
		log.Fatal(err)
	}
	process, said, err := launch(dir, port)
	if err != nil {
		log.Fatal(err)
	}
	for line := range said {
		if strings.Contains(line, "Ready to accept connections") {
			break
		}
	}
	return fmt.Sprintf("redis://127.0.0.1:%d", port), func() {
		process.Process.Kill()
		process.Wait()
		os.RemoveAll(dir)
	}
}
