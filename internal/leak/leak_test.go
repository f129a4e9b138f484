package leak

import (
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) { Main(m) }

func TestWaitFindsALeak(t *testing.T) {
	end := make(chan struct{})
	go forgotten(end) // ends with end, below
	left := Wait(50 * time.Millisecond)
	if len(left) != 1 || !strings.Contains(left[0], "TestWaitFindsALeak") {
		t.Errorf("Wait() = %q, want one that the test created", left)
	}
	close(end)
}

func TestWaitGivesGoroutinesTimeToEnd(t *testing.T) {
	end := make(chan struct{})
	go forgotten(end) // ends with end
	time.AfterFunc(50*time.Millisecond, func() { close(end) })
	if left := Wait(patience); len(left) > 0 {
		t.Errorf("Wait() = %q, want nothing", left)
	}
}

func forgotten(end chan struct{}) { <-end }
