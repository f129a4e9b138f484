package htmxrt

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"
	"time"
)

const (
	ticketVersion = 1
	ticketMAC     = 16
	ticketLife    = 24 * time.Hour
	// ticketText is the longest ticket read: 64 topics of 128 bytes, with
	// their lengths and the fixed part, in base64.
	ticketText = (topicsHard*(topicMax+2) + 128) * 4 / 3

	tabBytes = 16 // random; a tab id is its base64, 22 characters
)

var errBadTicket = errors.New("not a ticket of this hub")

// ticket is a page's right to open a stream: the topics that the server chose
// for it, bound to who was looking. It says what a page follows; whether it
// still may is asked at every connect.
type ticket struct {
	topics  []string // sorted, once each
	tab     string
	binding binding
	member  bool // it was minted for somebody who was signed in
	log     logTag
	minted  Position // where the log was when the page's request began
	expires time.Time
}

// binding ties a ticket to an identity and, when signed in, to its session.
type binding [16]byte

// bind returns the binding of who in session. A viewer who is not signed in has
// one binding for all sessions: it may gain a session by its first form.
func bind(k *keyring, who Identity, session Session) binding {
	b := []byte{byte(who.state)}
	if user, ok := who.User(); ok {
		b = appendString(b, user.ID)
		b = appendString(b, session.Key)
	}
	return binding(k.appendSum(nil, forBinding, b, len(binding{})))
}

// admits reports whether a ticket with binding b is who's. A page that was
// rendered for an unknown viewer may connect as an anonymous one: the stale
// cookie that made it unknown is gone by then.
func (b binding) admits(k *keyring, who Identity, session Session) bool {
	for _, r := range k.rings {
		old := &keyring{rings: []*ring{r}}
		if b == bind(old, who, session) {
			return true
		}
		if who.IsAnonymous() && b == bind(old, Identity{}, Session{}) {
			return true
		}
	}
	return false
}

// decodeText decodes base64 that has one spelling only: Go's decoder skips line
// breaks.
func decodeText(s string) ([]byte, error) {
	if strings.ContainsAny(s, "\r\n") {
		return nil, errBadTicket
	}
	return ticketEncoding.DecodeString(s)
}

var ticketEncoding = base64.RawURLEncoding.Strict()

func (t ticket) encode(k *keyring) string {
	tab, _ := decodeText(t.tab) // of newTab or checkTab
	b := make([]byte, 0, 128)
	b = append(b, ticketVersion)
	b = binary.BigEndian.AppendUint64(b, uint64(t.expires.Unix()))
	b = append(b, t.binding[:]...)
	b = append(b, flag(t.member))
	b = append(b, tab...)
	b = append(b, t.log[:]...)
	b = binary.BigEndian.AppendUint64(b, t.minted.Hi)
	b = binary.BigEndian.AppendUint64(b, t.minted.Lo)
	for _, topic := range t.topics {
		b = appendString(b, topic)
	}
	b = k.appendSum(b, forTicket, b, ticketMAC)
	return ticketEncoding.EncodeToString(b)
}

// decodeTicket reads a ticket, expired or not. Everything else is errBadTicket;
// nothing is parsed before the signature holds.
func decodeTicket(k *keyring, s string) (ticket, error) {
	if len(s) > ticketText {
		return ticket{}, errBadTicket
	}
	b, err := decodeText(s)
	if err != nil || len(b) < ticketMAC {
		return ticket{}, errBadTicket
	}
	body, mac := b[:len(b)-ticketMAC], b[len(b)-ticketMAC:]
	if !k.verify(forTicket, body, mac) {
		return ticket{}, errBadTicket
	}
	r := reader{rest: body}
	if r.byte() != ticketVersion {
		return ticket{}, errBadTicket
	}
	var t ticket
	t.expires = time.Unix(int64(r.uint64()), 0)
	t.binding = binding(r.take(len(binding{})))
	t.member = r.byte() == 1
	t.tab = ticketEncoding.EncodeToString(r.take(tabBytes))
	t.log = logTag(r.take(len(logTag{})))
	t.minted = Position{Hi: r.uint64(), Lo: r.uint64()}
	for len(r.rest) > 0 && !r.failed {
		t.topics = append(t.topics, r.string())
	}
	if r.failed || len(t.topics) == 0 {
		return ticket{}, errBadTicket
	}
	return t, nil
}

// newTab returns a fresh tab id: 128 random bits that nobody can guess and that
// give no right.
func newTab() string {
	var b [tabBytes]byte
	rand.Read(b[:])
	return ticketEncoding.EncodeToString(b[:])
}

// checkTab returns s if it has the form of a tab id, else "".
func checkTab(s string) string {
	if len(s) != ticketEncoding.EncodedLen(tabBytes) {
		return ""
	}
	if _, err := decodeText(s); err != nil {
		return ""
	}
	return s
}
