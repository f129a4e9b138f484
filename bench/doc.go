// Command bench measures htmxrt beside github.com/tmaxmax/go-sse, both in one
// run and by turns, and prints a table of medians and of the ratio between the
// two. README.md says how, and what the table does not tell.
//
// Usage, from the repository's root:
//
//	go run ./bench [-clients 1000] [-pairs 4] [-time 2s] [-profile folder]
package main
