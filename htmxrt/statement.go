package htmxrt

import (
	"encoding/binary"
	"strings"
)

// tabID names a tab in the log: what its text says in base64.
type tabID [tabBytes]byte

// newTabID reads a tab id that newTab or a ticket gave.
func newTabID(text string) (id tabID) {
	b, err := decodeText(text)
	if err == nil {
		copy(id[:], b)
	}
	return id
}

// statement is an entry that says who is here. All of a node's statements are
// written by that node, one after the other, but for the one of kindDown.
type statement struct {
	node nodeID // that wrote it
	// round counts the times that the node has stated all its tabs anew. The
	// statement that is the last of a round says that there are no others.
	round   uint64
	last    bool
	members []attendee // of kindJoin: that have come, or still are here
	tabs    []tabID    // of kindLeave
	gone    nodeID     // of kindDown: beats no more
}

// attendee is a tab as a statement describes it.
type attendee struct {
	tab    tabID
	user   User // ID and Name; zero: nobody is signed in, or it is not told
	topics []string
	away   bool // it has no open stream now
	// claim is where the log was when the tab's stream was opened at the node
	// that says so, zero: here. The newest claim has the tab.
	claim Position
}

// Bounds of what a statement says, in bytes. A name is cut, a longer user ID is
// not told; a tab is counted in any case. Statements stay small beside messages.
const (
	statedName  = 256
	statedID    = 256
	statedBytes = 64 << 10
)

// statedUser returns what is said of who, zero for nobody.
func statedUser(who Identity) User {
	user, ok := who.User()
	if !ok || len(user.ID) > statedID {
		return User{}
	}
	name := user.Name
	if len(name) > statedName {
		name = strings.ToValidUTF8(name[:statedName], "")
	}
	return User{ID: user.ID, Name: name}
}

// size is about how many bytes a takes in an entry.
func (a *attendee) size() int {
	n := 2*tabBytes + len(a.user.ID) + len(a.user.Name)
	for _, t := range a.topics {
		n += len(t) + 2
	}
	return n
}

func (s *statement) append(k kind, b []byte) []byte {
	b = append(b, s.node[:]...)
	switch k {
	case kindJoin:
		b = binary.AppendUvarint(b, s.round)
		b = append(b, flag(s.last))
		for i := range s.members {
			b = s.members[i].append(b)
		}
	case kindLeave:
		for _, t := range s.tabs {
			b = append(b, t[:]...)
		}
	case kindDown:
		b = append(b, s.gone[:]...)
	}
	return b
}

func (a *attendee) append(b []byte) []byte {
	b = append(b, a.tab[:]...)
	b = append(b, flag(a.away))
	b = binary.AppendUvarint(b, a.claim.Hi)
	b = binary.AppendUvarint(b, a.claim.Lo)
	b = appendString(b, a.user.ID)
	b = appendString(b, a.user.Name)
	return appendStrings(b, a.topics)
}

// readStatement reads to the end of r.
func readStatement(k kind, r *reader) *statement {
	s := &statement{node: nodeID(r.take(len(nodeID{})))}
	switch k {
	case kindJoin:
		s.round = r.uvarint()
		s.last = r.byte() == 1
		for len(r.rest) > 0 {
			s.members = append(s.members, readAttendee(r))
		}
	case kindLeave:
		for len(r.rest) > 0 {
			s.tabs = append(s.tabs, tabID(r.take(tabBytes)))
		}
	case kindDown:
		s.gone = nodeID(r.take(len(nodeID{})))
	}
	return s
}

func readAttendee(r *reader) attendee {
	return attendee{
		tab:    tabID(r.take(tabBytes)),
		away:   r.byte() == 1,
		claim:  Position{Hi: r.uvarint(), Lo: r.uvarint()},
		user:   User{ID: r.string(), Name: r.string()},
		topics: r.strings(),
	}
}
