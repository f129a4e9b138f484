package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"
)

// usage is what a process has used up, or holds. Its fields are exported for
// encoding/json.
type usage struct {
	CPU        time.Duration // user and system, of all threads
	Mallocs    int64         // objects allocated so far
	Memory     int64         // bytes of the Go heap's live objects and of stacks
	RSS        int64         // bytes resident; 0 where there is no /proc
	Goroutines int64
}

// readUsage reads the usage of this process. It stops the world for a moment.
func readUsage() (usage, error) {
	var self syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &self); err != nil {
		return usage{}, fmt.Errorf("getrusage: %w", err)
	}
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	return usage{
		CPU:        time.Duration(self.Utime.Nano() + self.Stime.Nano()),
		Mallocs:    int64(mem.Mallocs),
		Memory:     int64(mem.HeapAlloc + mem.StackInuse),
		RSS:        residentBytes(),
		Goroutines: int64(runtime.NumGoroutine()),
	}, nil
}

// readRest is readUsage after garbage was collected, twice, because what lies
// in a sync.Pool lives through one collection, and after what that freed went
// back to the system.
func readRest() (usage, error) {
	runtime.GC()
	debug.FreeOSMemory()
	return readUsage()
}

// since returns what u has more than an earlier reading.
func (u usage) since(before usage) usage {
	return usage{
		CPU:        u.CPU - before.CPU,
		Mallocs:    u.Mallocs - before.Mallocs,
		Memory:     u.Memory - before.Memory,
		RSS:        u.RSS - before.RSS,
		Goroutines: u.Goroutines - before.Goroutines,
	}
}

// residentBytes reads the second figure of statm, in pages (proc_pid_statm(5)).
func residentBytes() int64 {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	var size, resident int64
	if _, err := fmt.Sscan(string(b), &size, &resident); err != nil {
		return 0
	}
	return resident * int64(os.Getpagesize())
}
