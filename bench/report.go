package main

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// report is what a run measured.
type report struct {
	plan    plan
	samples map[string][]sample // by system, in the order of turns
}

// row is one line of the table; without of it is a heading.
type row struct {
	label string
	of    func(sample) float64
}

// rows is the table. of reads a figure of one turn.
func (r *report) rows() []row {
	return []row{
		{label: "broadcast, 1 message out"},
		{"deliveries/s", func(s sample) float64 { return s.one.rate() }},
		{"server CPU, µs/delivery", func(s sample) float64 { return s.one.micros(s.one.deliveries) }},
		{"allocations/delivery", func(s sample) float64 { return s.one.mallocs(s.one.deliveries) }},
		{"bytes/delivery", func(s sample) float64 { return float64(s.one.bytes) / float64(s.one.deliveries) }},
		{label: "broadcast, 16 messages out"},
		{"deliveries/s", func(s sample) float64 { return s.sixteen.rate() }},
		{"server CPU, µs/delivery", func(s sample) float64 { return s.sixteen.micros(s.sixteen.deliveries) }},
		{"allocations/delivery", func(s sample) float64 { return s.sixteen.mallocs(s.sixteen.deliveries) }},
		{label: fmt.Sprintf("to the %d streams of one user", targetStreams)},
		{"sends/s", func(s sample) float64 { return float64(s.targeted.sent) / s.targeted.elapsed.Seconds() }},
		{"server CPU, µs/send", func(s sample) float64 { return s.targeted.micros(s.targeted.sent) }},
		{"allocations/send", func(s sample) float64 { return s.targeted.mallocs(s.targeted.sent) }},
		{label: "idle, per connection"},
		{"Go heap and stack, bytes", func(s sample) float64 { return s.idle.per(s.idle.usage.Memory) }},
		{"resident, bytes", func(s sample) float64 { return s.idle.per(s.idle.usage.RSS) }},
		{"goroutines", func(s sample) float64 { return s.idle.per(s.idle.usage.Goroutines) }},
	}
}

func (f flown) rate() float64 { return float64(f.deliveries) / f.elapsed.Seconds() }

func (f flown) micros(n int) float64 { return float64(f.usage.CPU.Nanoseconds()) / 1e3 / float64(n) }

func (f flown) mallocs(n int) float64 { return float64(f.usage.Mallocs) / float64(n) }

func (r rest) per(total int64) float64 { return float64(total) / float64(r.connections) }

// String returns the table: of each system the median of its turns, and of the
// ratio the median of all pairs with the smallest and the largest. Turns of a
// pair follow each other, so that their ratio drifts less than the figures do.
func (r *report) String() string {
	var out strings.Builder
	a, b := systemNames[0], systemNames[1]
	fmt.Fprintf(&out, "%d clients, %d pairs of turns, %v a phase, %s %s/%s, %d CPUs\n\n",
		r.plan.clients, r.plan.pairs, r.plan.time, runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	line := func(label string, columns ...any) {
		fmt.Fprintf(&out, "%-30s%11s%11s%15s%17s\n", append([]any{label}, columns...)...)
	}
	line("", a, b, a+"/"+b, "of all pairs")
	for _, row := range r.rows() {
		if row.of == nil {
			fmt.Fprintln(&out, row.label)
			continue
		}
		left, right := figures(r.samples[a], row.of), figures(r.samples[b], row.of)
		ratios := make([]float64, len(left))
		for i := range left {
			ratios[i] = left[i] / right[i]
		}
		spread := short(slices.Min(ratios)) + " to " + short(slices.Max(ratios))
		line("  "+row.label, short(median(left)), short(median(right)), short(median(ratios)), spread)
	}
	return out.String()
}

func figures(samples []sample, of func(sample) float64) []float64 {
	list := make([]float64, len(samples))
	for i, s := range samples {
		list[i] = of(s)
	}
	return list
}

// median returns the middle of list, the mean of both middles where it is even.
func median(list []float64) float64 {
	sorted := slices.Sorted(slices.Values(list))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// short writes three digits that count, and large figures in whole thousands.
func short(f float64) string {
	switch {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return "n/a"
	case math.Abs(f) < 0.005:
		return "0"
	case math.Abs(f) < 1000:
		digits := max(0, 2-int(math.Floor(math.Log10(math.Abs(f)))))
		return strconv.FormatFloat(f, 'f', min(digits, 2), 64)
	}
	s := strconv.FormatFloat(math.Abs(f), 'f', 0, 64)
	var b strings.Builder
	if f < 0 {
		b.WriteByte('-')
	}
	for i, digit := range s {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(digit)
	}
	return b.String()
}
