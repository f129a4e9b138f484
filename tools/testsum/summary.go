package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// summary counts tests and prints what a reader wants to see of them.
type summary struct {
	out                     io.Writer
	runs                    map[string]*run // by package, until it ends
	passed, failed, skipped int
}

func newSummary(out io.Writer) *summary {
	return &summary{out: out, runs: make(map[string]*run)}
}

// read takes in events until in ends. Lines that are no events, such as what
// the go command says of a broken go.mod, are printed as they are.
func (s *summary) read(in io.Reader) error {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			s.line(line)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read events: %w", err)
		}
	}
}

func (s *summary) line(line []byte) {
	var e event
	switch err := json.Unmarshal(line, &e); {
	case err != nil:
		s.show(line)
	case e.Action == "build-output":
		s.show([]byte(e.Output))
	case e.Package != "":
		s.add(e)
	}
}

func (s *summary) add(e event) {
	r := s.runs[e.Package]
	if r == nil {
		r = &run{output: make(map[string][]byte)}
		s.runs[e.Package] = r
	}
	switch e.Action {
	case "run":
		r.begin(e.Test)
	case "output":
		r.write(e.Test, e.Output)
	case "pass", "fail", "skip":
		if e.Test == "" {
			s.endPackage(r, e)
		} else {
			s.endTest(r, e)
		}
	}
}

func (s *summary) endTest(r *run, e event) {
	output := r.end(e.Test)
	switch e.Action {
	case "pass":
		r.passed++
		return
	case "fail":
		r.failed++
	case "skip":
		s.skipped++
	}
	s.show(output)
}

func (s *summary) endPackage(r *run, e event) {
	delete(s.runs, e.Package)
	if e.Action == "fail" {
		// A panic or the time limit ends tests that report nothing more.
		for _, test := range r.open {
			r.failed++
			s.show(r.output[test])
		}
		s.show(r.output[""])
		// No test is to blame: the build, TestMain or a leak check failed.
		r.failed = max(r.failed, 1)
	}
	s.passed += r.passed
	s.failed += r.failed
	if ran := r.passed + r.failed; ran > 0 {
		fmt.Fprintf(s.out, "   %s %s: %d tests, %.1fs\n", e.Action, e.Package, ran, e.Elapsed)
	}
}

// close prints the totals and reports whether the run is good: something
// passed, nothing failed and, where skips are forbidden, nothing was skipped. A
// package that never ended, because the go command was killed, has failed.
func (s *summary) close(forbidSkips bool) bool {
	for name, r := range s.runs {
		s.endPackage(r, event{Action: "fail", Package: name})
	}
	fmt.Fprintf(s.out, "\n%d passed, %d failed", s.passed, s.failed)
	if s.skipped > 0 {
		fmt.Fprintf(s.out, ", %d skipped", s.skipped)
	}
	fmt.Fprintln(s.out)
	return s.passed > 0 && s.failed == 0 && !(forbidSkips && s.skipped > 0)
}

func (s *summary) show(output []byte) {
	fmt.Fprintf(s.out, "%s", output)
}
