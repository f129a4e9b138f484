package main

import (
	"context"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test binary be the servers' too, see start.
func TestMain(m *testing.M) {
	if served() {
		return
	}
	os.Exit(m.Run())
}

func TestEveryDeliveryArrives(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	p := plan{clients: 20, pairs: 1, time: 200 * time.Millisecond, profile: t.TempDir()}
	r, err := p.run(ctx, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range systemNames {
		if n := len(r.samples[name]); n != 1 {
			t.Fatalf("%s had %d turns, want 1", name, n)
		}
		s := r.samples[name][0]
		for _, phase := range []struct {
			name      string
			result    flown
			followers int
		}{
			{"one", s.one, 20},
			{"sixteen", s.sixteen, 20},
			{"targeted", s.targeted, targetStreams},
		} {
			f := phase.result
			if f.sent == 0 || f.deliveries != f.sent*phase.followers {
				t.Errorf("%s, %s: %d deliveries of %d messages, want %d of each",
					name, phase.name, f.deliveries, f.sent, phase.followers)
			}
			if least := int64(f.deliveries * len(html)); f.bytes < least {
				t.Errorf("%s, %s: %d bytes arrived, want %d or more", name, phase.name, f.bytes, least)
			}
		}
	}
	for _, row := range r.rows() {
		if table := r.String(); !strings.Contains(table, row.label) {
			t.Errorf("the table has no %q:\n%s", row.label, table)
		}
	}
}

func TestPlanOutOfRangeIsAnError(t *testing.T) {
	for _, tt := range []struct{ flags, want string }{
		{flags: "-clients=9", want: "-clients is 9"}, // one less than the targeted user's streams
		{flags: "-pairs=0", want: "-pairs is 0"},
		{flags: "-time=1ms", want: "-time is 1ms"},
		{flags: "-profile=doc.go", want: "doc.go is no folder"},
		{flags: "more", want: `unexpected argument "more"`},
	} {
		err := run(t.Context(), []string{tt.flags}, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("run(%s) = %v, want an error with %q", tt.flags, err, tt.want)
		}
	}
}

func TestServerThatFailsTellsWhy(t *testing.T) {
	_, err := start(t.Context(), "nothing", "")
	if want := `unknown system "nothing"`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("start = %v, want an error with %q", err, want)
	}
}

func TestShort(t *testing.T) {
	tests := []struct {
		in   float64
		want string
	}{
		{in: 0, want: "0"},
		{in: 0.136, want: "0.14"},
		{in: 1.054, want: "1.05"},
		{in: 14.76, want: "14.8"},
		{in: 240.4, want: "240"},
		{in: 999.9, want: "1000"},
		{in: 745085.3, want: "745,085"},
		{in: -1234567, want: "-1,234,567"},
	}
	for _, tt := range tests {
		if got := short(tt.in); got != tt.want {
			t.Errorf("short(%v) = %q, want %q", tt.in, got, tt.want)
		}
	}
}

func TestMedian(t *testing.T) {
	if got := median([]float64{9, 1, 5}); got != 5 {
		t.Errorf("median of three = %v, want 5", got)
	}
	if got := median([]float64{9, 1, 5, 2}); got != 3.5 {
		t.Errorf("median of four = %v, want 3.5", got)
	}
}

func TestMessageIsAsDescribed(t *testing.T) {
	if len(html) != 300 || strings.Count(html, "\n") != 2 || strings.Count(html, string(marker)) != 1 {
		t.Errorf("html has %d bytes, want 300 in 3 lines with one marker: %q", len(html), html)
	}
}
