package htmxrt

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// beatOf lets n read its own beat of now.
func beatOf(n *node) {
	n.hearBeat(&beat{node: n.id, age: n.age(time.Now())}, time.Now())
}

func TestSilentNodeIsFoundWithin20s(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, other := newNode(), nodeID{1}
		n.hear(other, time.Now())
		killed := time.Now()
		for len(n.silent(time.Now())) == 0 {
			if n.count(time.Now()) != 2 {
				t.Fatal("a node that is not silent does not count")
			}
			if time.Since(killed) > time.Minute {
				t.Fatal("not found within a minute")
			}
			time.Sleep(beatEvery)
			beatOf(n)
		}
		if took := time.Since(killed); took < 3*beatEvery || took > 20*time.Second {
			t.Errorf("found after %v, want three beats, and 20s at most", took)
		}
		if got := n.silent(time.Now()); !slices.Equal(got, []nodeID{other}) || n.count(time.Now()) != 1 {
			t.Errorf("silent = %v, %d nodes", got, n.count(time.Now()))
		}
		n.hear(other, time.Now())
		if len(n.silent(time.Now())) > 0 {
			t.Error("silent although it was heard again")
		}
		n.forget(other)
		if n.count(time.Now()) != 1 {
			t.Error("counts although it was forgotten")
		}
	})
}

// While the log stands still, nobody is heard: that is not the others' silence.
func TestOutageOfTheLogSilencesNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, other := newNode(), nodeID{1}
		n.hear(other, time.Now())
		time.Sleep(time.Hour)
		beatOf(n) // the first one behind the outage; the other's comes any moment
		if got := n.silent(time.Now()); len(got) > 0 {
			t.Errorf("silent = %v", got)
		}
	})
}

// Beats that were held up and come all at once are no time in which others were
// silent.
func TestBeatsInOneMomentSilenceNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n, other := newNode(), nodeID{1}
		n.hear(other, time.Now())
		for range silentBeats {
			time.Sleep(time.Second)
			beatOf(n)
		}
		if got := n.silent(time.Now()); len(got) > 0 {
			t.Errorf("silent = %v", got)
		}
	})
}

func TestSilentNodesAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNode()
		for i := range 1000 {
			n.hear(nodeID{byte(i), byte(i >> 8), 1}, time.Now())
			time.Sleep(beatEvery)
			beatOf(n)
		}
		if got := len(n.peers); got > peerBeats+1 {
			t.Errorf("%d nodes are remembered", got)
		}
	})
}

// A beat that took long proves what was read when it was tried, no more.
func TestProofIsAsOldAsTheBeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNode()
		time.Sleep(time.Minute)
		b := &beat{node: n.id, age: n.age(time.Now())}
		time.Sleep(20 * time.Second)
		n.hearBeat(b, time.Now())
		if got := n.unproved(time.Now()); got != 20*time.Second {
			t.Errorf("the proof is %v old, want 20s", got)
		}
	})
}

// A second copy of a beat, or one that a foreign hand wrote again, proves nothing.
func TestOldBeatProvesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNode()
		old := &beat{node: n.id, age: n.age(time.Now()) + 1}
		n.hearBeat(old, time.Now())
		time.Sleep(time.Second)
		beatOf(n)
		n.hearBeat(old, time.Now())
		if got := n.unproved(time.Now()); got != 0 {
			t.Errorf("the proof is %v old, want that of the newest beat", got)
		}
	})
}
