package main

import "slices"

// run is a package whose tests are running.
type run struct {
	passed, failed int
	open           []string          // tests begun and not ended, as they began
	output         map[string][]byte // of open tests; "" is the package's own
}

func (r *run) begin(test string) {
	r.open = append(r.open, test)
}

func (r *run) write(test, output string) {
	r.output[test] = append(r.output[test], output...)
}

// end forgets the test and returns what it wrote.
func (r *run) end(test string) []byte {
	if i := slices.Index(r.open, test); i >= 0 {
		r.open = slices.Delete(r.open, i, i+1)
	}
	output := r.output[test]
	delete(r.output, test)
	return output
}
