package cluster_test

import (
	"fmt"
	"maps"
	"slices"
)

// record is one thing that a client was told: a message, or a reset.
type record struct {
	id   string // the cursor
	from string // of a message: its sender
	n    int    // and number
	// reset is the reason of one; before is then the newest number that each
	// sender had begun to send, all of which the reset may cover.
	reset  string
	before map[string]int
}

// transcript is all that a client was told, in the order in which it came. The
// client was there before the first message, and until the last.
type transcript struct {
	client  string
	records []record
	// pardon is a reason of resets that do not count.
	pardon string
}

// sent is what senders know: by sender, the numbers whose send succeeded.
type sent map[string]map[int]bool

// judge returns what is wrong with transcripts: what is lost, doubled or
// reordered between resets, messages that have two places in the log, and any
// number of resets but the one that each client must have. A message whose send
// failed may be missing, and may come late: its last bytes may have waited in a
// cable while later ones took another way.
func judge(sent sent, transcripts []transcript, resets int) (faults []string) {
	places := make(map[string]string)
	for _, t := range transcripts {
		for _, stretch := range t.stretches() {
			for _, f := range stretch.judge(sent, places) {
				faults = append(faults, t.client+": "+f)
			}
		}
		if got := t.reasons(); len(got) != resets {
			faults = append(faults, fmt.Sprintf("%s: %d resets, want %d: %v", t.client, len(got), resets, got))
		}
	}
	return faults
}

// reasons returns those of the resets that count.
func (t transcript) reasons() (list []string) {
	for _, r := range t.records {
		if r.reset != "" && r.reset != t.pardon {
			list = append(list, r.reset)
		}
	}
	return list
}

// stretch is what a client was told between two resets.
type stretch struct {
	records []record
	before  map[string]int // of the reset in front, nil for the first stretch
	last    bool           // no reset comes after it
}

func (t transcript) stretches() []stretch {
	list := []stretch{{}}
	for _, r := range t.records {
		if r.reset != "" {
			list = append(list, stretch{before: r.before})
			continue
		}
		at := &list[len(list)-1]
		at.records = append(at.records, r)
	}
	list[len(list)-1].last = true
	return list
}

func (s stretch) judge(sent sent, places map[string]string) (faults []string) {
	seen, newest := make(map[string][]int), make(map[string]int)
	cursor := ""
	for _, r := range s.records {
		name := fmt.Sprintf("%s %d", r.from, r.n)
		acked := sent[r.from][r.n]
		if slices.Contains(seen[r.from], r.n) {
			faults = append(faults, name+" is doubled")
		} else if acked && r.n < newest[r.from] {
			faults = append(faults, fmt.Sprintf("%s comes after %d", name, newest[r.from]))
		} else if r.id <= cursor {
			faults = append(faults, fmt.Sprintf("%s at %s comes after %s", name, r.id, cursor))
		}
		if at := places[name]; at != "" && at != r.id {
			faults = append(faults, fmt.Sprintf("%s is at %s, for others at %s", name, r.id, at))
		}
		places[name], cursor = r.id, r.id
		seen[r.from] = append(seen[r.from], r.n)
		if acked {
			newest[r.from] = max(newest[r.from], r.n)
		}
	}
	for _, from := range slices.Sorted(maps.Keys(sent)) {
		if lost := s.lost(seen[from], s.before[from], sent[from]); len(lost) > 0 {
			faults = append(faults, fmt.Sprintf("%s %v is lost", from, lost))
		}
	}
	return faults
}

// lost returns the numbers of one sender that must be in the stretch and are
// not: from its beginning to the last one seen; to the end, when no reset
// follows. What had begun before the reset in front of it is that reset's.
func (s stretch) lost(seen []int, before int, sent map[int]bool) (lost []int) {
	last := 0
	if len(seen) > 0 {
		last = slices.Max(seen)
	}
	for _, n := range slices.Sorted(maps.Keys(sent)) {
		if n > before && (s.last || n <= last) && !slices.Contains(seen, n) {
			lost = append(lost, n)
		}
	}
	return lost
}
