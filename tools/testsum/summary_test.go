package main

import (
	"strings"
	"testing"
)

const (
	passes = `{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"a quiet line\n"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"pass","Package":"p","Elapsed":1.25}
`
	fails = `{"Action":"run","Package":"q","Test":"TestB"}
{"Action":"output","Package":"q","Test":"TestB","Output":"b_test.go:7: reason\n"}
{"Action":"fail","Package":"q","Test":"TestB"}
{"Action":"output","Package":"q","Output":"FAIL\n"}
{"Action":"fail","Package":"q","Elapsed":0.5}
`
	skips = `{"Action":"run","Package":"r","Test":"TestC"}
{"Action":"output","Package":"r","Test":"TestC","Output":"no browser\n"}
{"Action":"skip","Package":"r","Test":"TestC"}
{"Action":"pass","Package":"r"}
`
	buildFails = `{"ImportPath":"s [s.test]","Action":"build-output","Output":"s.go:3: undefined: x\n"}
{"ImportPath":"s [s.test]","Action":"build-fail"}
{"Action":"start","Package":"s"}
{"Action":"fail","Package":"s","FailedBuild":"s [s.test]"}
`
	panics = `{"Action":"run","Package":"t","Test":"TestD"}
{"Action":"output","Package":"t","Test":"TestD","Output":"began\n"}
{"Action":"output","Package":"t","Output":"panic: test timed out\n"}
{"Action":"fail","Package":"t"}
`
	killed = `{"Action":"run","Package":"u","Test":"TestE"}
{"Action":"output","Package":"u","Test":"TestE","Output":"began\n"}
`
	noFiles = `{"Action":"start","Package":"v"}
{"Action":"output","Package":"v","Output":"?   \tv\t[no test files]\n"}
{"Action":"skip","Package":"v"}
`
)

func TestSummary(t *testing.T) {
	tests := []struct {
		name        string
		in          string
		forbidSkips bool
		want        string
		good        bool
	}{
		{
			name: "pass", in: passes, good: true,
			want: "   pass p: 1 tests, 1.2s\n\n1 passed, 0 failed\n",
		},
		{
			name: "failure shows its output", in: passes + fails,
			want: "   pass p: 1 tests, 1.2s\nb_test.go:7: reason\nFAIL\n" +
				"   fail q: 1 tests, 0.5s\n\n1 passed, 1 failed\n",
		},
		{
			name: "skip", in: passes + skips, good: true,
			want: "   pass p: 1 tests, 1.2s\nno browser\n\n1 passed, 0 failed, 1 skipped\n",
		},
		{
			name: "skip in CI", in: passes + skips, forbidSkips: true,
			want: "   pass p: 1 tests, 1.2s\nno browser\n\n1 passed, 0 failed, 1 skipped\n",
		},
		{
			name: "broken build", in: passes + buildFails,
			want: "   pass p: 1 tests, 1.2s\ns.go:3: undefined: x\n" +
				"   fail s: 1 tests, 0.0s\n\n1 passed, 1 failed\n",
		},
		{
			name: "panic ends a test", in: panics,
			want: "began\npanic: test timed out\n   fail t: 1 tests, 0.0s\n\n0 passed, 1 failed\n",
		},
		{
			name: "go command killed", in: passes + killed,
			want: "   pass p: 1 tests, 1.2s\nbegan\n   fail u: 1 tests, 0.0s\n\n1 passed, 1 failed\n",
		},
		{
			name: "words of the go command", in: "go: no such module",
			want: "go: no such module\n0 passed, 0 failed\n",
		},
		{
			name: "no test ran", in: noFiles,
			want: "\n0 passed, 0 failed\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			s := newSummary(&out)
			if err := s.read(strings.NewReader(tt.in)); err != nil {
				t.Fatal(err)
			}
			good := s.close(tt.forbidSkips)
			if got := out.String(); got != tt.want || good != tt.good {
				t.Errorf("got %v and\n%s\nwant %v and\n%s", good, got, tt.good, tt.want)
			}
		})
	}
}
