package htmxrt

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
)

// sample returns a message with every field in use.
func sample() *message {
	return &message{
		kind: kindMessage, topic: "room:42", ephemeral: true, key: "typing",
		audience: audience{
			named: true, everyone: true, anonymous: true, local: true,
			users: []string{"a", "b"}, sessions: []string{"s"}, tabs: []string{"t"},
			filters:     []filterCall{{name: "f", arg: []byte(`{"x":1}`)}},
			exceptUsers: []string{"c"}, exceptTab: "t2", exceptOwner: owner{user: "a", session: "s"},
		},
		blocks: []block{{data: []byte("<p>\n")}, {event: eventTrigger, data: []byte(`{}`)}},
	}
}

// statements returns one of each kind, with every field in use.
func statements() []*message {
	one, two := newTabID(newTab()), newTabID(newTab())
	return []*message{
		{kind: kindJoin, statement: &statement{node: nodeID{1}, round: 300, last: true, members: []attendee{
			{tab: one, user: User{ID: "a", Name: "A"}, topics: []string{"hall", "room"}, claim: Position{Hi: 1, Lo: 1 << 40}},
			{tab: two, topics: []string{"room"}, away: true},
		}}},
		{kind: kindLeave, statement: &statement{node: nodeID{2}, tabs: []tabID{one, two}}},
		{kind: kindDown, statement: &statement{node: nodeID{3}, gone: nodeID{1}}},
	}
}

func TestEntryRoundTrip(t *testing.T) {
	for _, signed := range []bool{false, true} {
		c := codec{keys: newTestKeys(t), signed: signed}
		for _, want := range []*message{sample(), {kind: kindRevoke, target: SessionTarget("s")}, {kind: kindBeat, beat: &beat{node: nodeID{1, 2}, age: 3}}, statements()[0], statements()[1], statements()[2]} {
			got, err := c.decode(c.encode(want))
			if err != nil {
				t.Fatal(err)
			}
			got.size = 0
			if !reflect.DeepEqual(got, want) {
				t.Errorf("signed %v: got %+v, want %+v", signed, got, want)
			}
		}
	}
}

func TestEntryThatNobodyOfUsWroteIsRefused(t *testing.T) {
	signed := codec{keys: newTestKeys(t), signed: true}
	plain := codec{keys: signed.keys}
	good := plain.encode(sample())
	tests := map[string]struct {
		codec codec
		data  []byte
		want  error
	}{
		"unsigned":        {signed, good, errEntry},
		"foreign key":     {codec{keys: newTestKeys(t, "x"), signed: true}, signed.encode(sample()), errEntry},
		"flipped bit":     {signed, flip(signed.encode(sample()), 9), errEntry},
		"later version":   {plain, append([]byte{codecVersion + 1}, good[1:]...), errEntryVersion},
		"later kind":      {plain, append([]byte{codecVersion, 99}, good[2:]...), errEntryVersion},
		"truncated":       {plain, good[:len(good)-1], errEntry},
		"trailing bytes":  {plain, append(bytes.Clone(good), 0), errEntry},
		"over the limit":  {plain, make([]byte, entryMax+1), errEntry},
		"empty":           {plain, nil, errEntryVersion},
		"topic injection": {plain, plain.encode(&message{kind: kindMessage, topic: "a\nid: 1", blocks: []block{{}}}), errEntry},
		"nothing to show": {plain, plain.encode(&message{kind: kindMessage, topic: "a"}), errEntry},
	}
	for name, tt := range tests {
		if _, err := tt.codec.decode(tt.data); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

func flip(b []byte, i int) []byte {
	b[i] ^= 1
	return b
}

func FuzzEntry(f *testing.F) {
	c := codec{keys: newTestKeys(f)}
	f.Add(c.encode(sample()))
	f.Add(c.encode(&message{kind: kindRevoke, target: UserTarget("u")}))
	for _, m := range statements() {
		f.Add(c.encode(m))
	}
	f.Add([]byte{codecVersion, byte(kindMessage), 0xff, 0xff, 0xff, 0xff, 0x0f})
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := c.decode(data)
		if err != nil {
			return
		}
		again, err := c.decode(c.encode(m))
		if err != nil {
			t.Fatalf("what was accepted is not written readably: %v", err)
		}
		again.size = m.size
		if !reflect.DeepEqual(again, m) {
			t.Errorf("%+v became %+v", m, again)
		}
	})
}
