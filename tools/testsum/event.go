package main

// event is one line of go test -json (go doc test2json) or, while building,
// of go build -json (go help buildjson).
type event struct {
	Action  string
	Package string
	Test    string // empty: the event is the package's
	Output  string
	Elapsed float64 // seconds
}
