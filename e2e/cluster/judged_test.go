package cluster_test

import (
	"strings"
	"testing"
)

// said returns the record of message n of a sender, at a place of the log.
func said(id, from string, n int) record { return record{id: id, from: from, n: n} }

func reset(before int) record {
	return record{id: "r", reset: "rewound", before: map[string]int{"a": before}}
}

// The judge of the fault matrix finds what it is there to find.
func TestJudge(t *testing.T) {
	all := sent{"a": {1: true, 2: true, 4: true, 5: true}} // the send of 3 failed
	tests := []struct {
		name    string
		records []record
		others  []record // of another client
		pardon  string
		resets  int
		want    []string // parts of the faults, in order
	}{
		{
			name:    "complete",
			records: []record{said("1", "a", 1), said("2", "a", 2), said("4", "a", 4), said("5", "a", 5)},
		},
		{
			name:    "complete, with one whose send failed",
			records: []record{said("1", "a", 1), said("2", "a", 2), said("3", "a", 3), said("4", "a", 4), said("5", "a", 5)},
		},
		{
			name:    "complete, with one that comes late after its send failed",
			records: []record{said("1", "a", 1), said("2", "a", 2), said("4", "a", 4), said("5", "a", 5), said("6", "a", 3)},
		},
		{
			name:    "lost",
			records: []record{said("1", "a", 1), said("4", "a", 4), said("5", "a", 5)},
			want:    []string{"a [2] is lost"},
		},
		{
			name:    "lost at the beginning",
			records: []record{said("2", "a", 2), said("4", "a", 4), said("5", "a", 5)},
			want:    []string{"a [1] is lost"},
		},
		{
			name:    "lost at the end",
			records: []record{said("1", "a", 1), said("2", "a", 2), said("4", "a", 4)},
			want:    []string{"a [5] is lost"},
		},
		{
			name: "everything lost",
			want: []string{"a [1 2 4 5] is lost"},
		},
		{
			name:    "doubled",
			records: []record{said("1", "a", 1), said("2", "a", 2), said("4", "a", 4), said("4", "a", 4), said("5", "a", 5)},
			want:    []string{"a 4 is doubled"},
		},
		{
			name:    "a failed send doubled",
			records: []record{said("1", "a", 1), said("2", "a", 2), said("3", "a", 3), said("4", "a", 4), said("4b", "a", 3), said("5", "a", 5)},
			want:    []string{"a 3 is doubled", "a 3 is at 4b, for others at 3"},
		},
		{
			name:    "reordered",
			records: []record{said("1", "a", 1), said("2", "a", 2), said("5", "a", 5), said("6", "a", 4)},
			want:    []string{"a 4 comes after 5"},
		},
		{
			name:    "reordered against the log",
			records: []record{said("1", "a", 1), said("4", "a", 2), said("3", "a", 4), said("5", "a", 5)},
			want:    []string{"a 4 at 3 comes after 4"},
		},
		{
			name:    "in another order for others",
			records: []record{said("1", "a", 1), said("2", "a", 2), said("4", "a", 4), said("5", "a", 5)},
			others:  []record{said("1", "a", 1), said("2", "a", 2), said("3", "a", 4), said("5", "a", 5)},
			want:    []string{"a 4 is at 3, for others at 4"},
		},
		{
			name:    "lost, with the reset that is wanted",
			records: []record{said("1", "a", 1), reset(4), said("5", "a", 5)},
			resets:  1,
		},
		{
			name:    "lost before a reset came",
			records: []record{said("1", "a", 1), said("4", "a", 4), reset(4), said("5", "a", 5)},
			resets:  1,
			want:    []string{"a [2] is lost"},
		},
		{
			name:    "lost behind the reset",
			records: []record{said("1", "a", 1), reset(2), said("5", "a", 5)},
			resets:  1,
			want:    []string{"a [4] is lost"},
		},
		{
			name:    "a false reset",
			records: []record{said("1", "a", 1), said("2", "a", 2), reset(2), said("4", "a", 4), said("5", "a", 5)},
			want:    []string{"1 resets, want 0: [rewound]"},
		},
		{
			name:    "a reset that is pardoned",
			records: []record{said("1", "a", 1), said("2", "a", 2), reset(2), said("4", "a", 4), said("5", "a", 5)},
			pardon:  "rewound",
		},
		{
			name:    "lost behind a reset that is pardoned",
			records: []record{said("1", "a", 1), said("2", "a", 2), reset(2), said("5", "a", 5)},
			pardon:  "rewound",
			want:    []string{"a [4] is lost"},
		},
		{
			name:    "two resets where there must be one",
			records: []record{said("1", "a", 1), reset(2), reset(2), said("4", "a", 4), said("5", "a", 5)},
			resets:  1,
			want:    []string{"2 resets, want 1: [rewound rewound]"},
		},
		{
			name:    "a silent reset",
			records: []record{said("1", "a", 1), said("5", "a", 5)},
			resets:  1,
			want:    []string{"a [2 4] is lost", "0 resets, want 1: []"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			list := []transcript{{client: "ann", records: tt.records, pardon: tt.pardon}}
			if tt.others != nil {
				list = append(list, transcript{client: "bob", records: tt.others})
			}
			got := judge(all, list, tt.resets)
			if len(got) != len(tt.want) {
				t.Fatalf("judge = %q, want %q", got, tt.want)
			}
			for i, f := range got {
				if !strings.HasSuffix(f, tt.want[i]) {
					t.Errorf("fault %d is %q, want %q", i, f, tt.want[i])
				}
			}
		})
	}
}
