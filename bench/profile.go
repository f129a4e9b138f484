package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
)

// profileRate is how many allocated bytes a server that is profiled takes a
// sample of; Go's own is 512 KiB, too coarse for phases of seconds.
const profileRate = 4 << 10

// profiler writes the profiles of a server's phases. The zero profiler writes
// none.
type profiler struct {
	prefix string // folder and system
	phase  string // under way; "" for none
	cpu    *os.File
}

func newProfiler(folder, system string) *profiler {
	if folder == "" {
		return &profiler{}
	}
	runtime.MemProfileRate = profileRate
	return &profiler{prefix: filepath.Join(folder, system)}
}

// begin ends the phase before and profiles another one, or none for "". Files
// of an earlier turn are replaced.
func (p *profiler) begin(phase string) error {
	if p.prefix == "" {
		return nil
	}
	if err := p.end(); err != nil {
		return fmt.Errorf("profile %s: %w", p.phase, err)
	}
	if p.phase = phase; phase == "" {
		return nil
	}
	var err error
	if p.cpu, err = os.Create(p.path("cpu")); err != nil {
		return fmt.Errorf("profile %s: %w", phase, err)
	}
	return pprof.StartCPUProfile(p.cpu)
}

// end writes what the phase under way has used. Allocations are those since the
// process began: compare with the phase before by go tool pprof -base.
func (p *profiler) end() error {
	if p.phase == "" {
		return nil
	}
	pprof.StopCPUProfile()
	if err := p.cpu.Close(); err != nil {
		return err
	}
	f, err := os.Create(p.path("allocs"))
	if err != nil {
		return err
	}
	defer f.Close()
	runtime.GC() // the profile is complete up to the last collection
	return pprof.Lookup("allocs").WriteTo(f, 0)
}

func (p *profiler) path(kind string) string {
	return fmt.Sprintf("%s-%s-%s.prof", p.prefix, p.phase, kind)
}
