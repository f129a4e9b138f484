package htmxrt

import "testing"

// What was taken away before a typist was shown does not end it: its own entry is
// still to be read.
func TestATypistIsNotEndedByWhatLiesBefore(t *testing.T) {
	y := &typing{}
	who, err := y.begin("room", "user ann")
	if err != nil {
		t.Fatal(err)
	}
	d := &draft{}
	y.mine(who)(d)
	shown, removed := &message{topic: "room", key: d.key}, &message{topic: "room", key: typingKey + who.id}
	elsewhere := &message{topic: "room", key: d.key[:len(d.key)-1] + "1"}
	for _, before := range []*message{removed, elsewhere} {
		if y.heed(before); y.find("room", "user ann") != who {
			t.Fatalf("ended by %q, which lies before what shows it", before.key)
		}
	}
	y.heed(shown)
	if y.heed(elsewhere); y.find("room", "user ann") != nil {
		t.Error("two nodes have the typist")
	}
}
