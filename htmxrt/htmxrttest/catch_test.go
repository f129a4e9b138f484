package htmxrttest_test

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

// Each test of the suite that needs an engine finds a broker that breaks its
// sentence. A failing suite fails its test, so it runs in a process of its own.
func TestSuiteCatches(t *testing.T) {
	const again = "entries published again lie in the log once or twice, in order, where Publish says"
	for _, tt := range []struct{ fault, sentence string }{
		{"moves it", again},
		{"forgets where it lies", again},
		{"names its own log", "two nodes see one log, with one id"},
		{"leaves one out", "a follower goes on without a gap or a double when its connections were cut"},
		{"has one twice", "a follower goes on without a gap or a double when its connections were cut"},
		{"leaves one out", "a follower goes on without a gap or a double when the engine was restarted"},
		{"has one twice", "a follower goes on without a gap or a double when the engine was restarted"},
		{"goes on with what is new", "a follower whose connection has gone deaf delivers what it missed"},
		{"lies", "Publish and State fail within 10 s while the engine is silent, and work after"},
		{"says trimmed", "Follow ends with ErrLogLost when the log was lost"},
		{"proves nothing", "Follow ends with ErrLogLost when the log was lost and its positions are used again"},
		{"says trimmed", "Follow ends with ErrLogLost when the log was rolled back"},
		{"compares no entries", "Follow ends with ErrLogLost when the log was rolled back and its positions are used again"},
		{"says trimmed", "a new Follow ends with ErrLogLost when the log was rolled back"},
		{"forgets what it delivered", "a new Follow ends with ErrLogLost when the log was rolled back and its positions are used again"},
		{"keeps the id", "State has another ID after each rollback, the same on all nodes"},
		{"adopts an older id", "State has another ID after each rollback, the same on all nodes"},
		{"names its own log", "State has another ID after each rollback, the same on all nodes"},
		{"tells nobody", "Follow ends with ErrLogLost when another node found that the log was rolled back"},
		{"forgets what it published", "a first Follow ends with ErrLogLost when what was published is rolled back"},
	} {
		t.Run(tt.fault+": "+tt.sentence, func(t *testing.T) {
			t.Parallel()
			name := strings.ReplaceAll(tt.sentence, " ", "_")
			out, err := runModel(t, tt.fault, "^TestModel$/^"+name+"$")
			if err == nil || !strings.Contains(out, "--- FAIL: TestModel/"+name) || strings.Contains(out, "panic:") {
				t.Errorf("the suite does not fail there: %v\n%s", err, out)
			}
		})
	}
}

// runModel runs tests of this binary over a model with a fault.
func runModel(t *testing.T, fault, run string) (out string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, binary, "-test.run="+run, "-test.v")
	cmd.Env = append(os.Environ(), htmxrttest.FaultVariable+"="+fault)
	b, err := cmd.CombinedOutput()
	return string(b), err
}
