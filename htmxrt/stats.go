package htmxrt

import (
	"sync/atomic"
	"time"
)

// Stats are a hub's figures, for metrics. They carry no topic and no user.
type Stats struct {
	Streams int // open now
	Topics  int // followed by an open stream now

	Offered uint64 // messages offered to streams, filters apart
	Written uint64 // messages written to streams, replayed ones among them
	Resets  uint64 // resets written
	Refused uint64 // requests answered without a stream
	Dropped uint64 // entries of the log that could not be read

	Duplicates uint64 // entries that were in the log a second time
	Nodes      int    // on the log and heard lately, this one among them
	Blind      uint64 // times that this node lost sight of the log, see Hub.Ready

	WindowEntries int // kept for replay
	WindowBytes   int // accounted for them
}

type counters struct {
	offered, written, resets, refused, dropped, duplicates, blind atomic.Uint64
}

// Stats returns the figures of now. It is cheap, and not a snapshot of one instant.
func (h *Hub) Stats() Stats {
	s := Stats{
		Offered: h.counts.offered.Load(),
		Written: h.counts.written.Load(),
		Resets:  h.counts.resets.Load(),
		Refused: h.counts.refused.Load(),
		Dropped: h.counts.dropped.Load(),

		Duplicates: h.counts.duplicates.Load(),
		Nodes:      h.node.count(time.Now()),
		Blind:      h.counts.blind.Load(),
	}
	s.Streams, s.Topics = h.index.usage()
	s.WindowEntries, s.WindowBytes = h.window.usage()
	return s
}
