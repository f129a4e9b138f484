package htmxrt

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/a-h/templ"
)

const (
	// typingLasts is how long somebody types after the last word of it: longer
	// than the time between two requests of a page that throttles them.
	typingLasts = 5 * time.Second
	// typistsMax is how many type in a topic at once, per node; more are not
	// shown. Guests without a session can pretend to be many.
	typistsMax = 20
)

// typing is who types, as told at this node. Each typist belongs to one node, the
// last in the log that has shown it: a page's requests may go to any. The key of
// a message says so to the others: typingKey, the typist's id and the node.
type typing struct {
	node nodeID

	mu      sync.Mutex // guards the fields below
	topics  map[string]map[string]*typist
	closed  bool
	running sync.WaitGroup // timers at work; added to under mu
}

// typist is somebody who types in a topic.
type typist struct {
	topic, key string
	id         string // of the element that says so
	until      time.Time
	timer      *time.Timer
	read       bool // what shows it was read from the log
}

// typingKey begins the keys of the messages by which typing changes.
const typingKey = "typing "

// Typing shows to the others who follow topic that the sender types: what show
// returns is appended to target, a CSS selector. It is taken away 5 s after the
// last call, after StopTyping, and at Shutdown. show is given the id that its
// element must have, and who types, the zero User for a guest; identity is that
// of ctx. The element has to listen to the event of the name of its id and go
// then, such as by sse-swap of that name and hx-swap="delete". Calls while it is
// shown send nothing, so a handler may call Typing for each key that is pressed.
//
// Showing it is [Ephemeral]: best effort. Taking it away is not: a page that
// was away meanwhile hears of it. Where a node is killed it stays until the
// page is loaded anew.
//
// The user's other tabs are left out; of a guest only the tab that asks is, see
// ExceptSender. A sender who may not follow the topic is ErrForbidden, an
// unknown one ErrUnknownSender. At most 20 type in a topic at once.
func (h *Hub) Typing(ctx context.Context, topic, target string, show func(id string, who User) templ.Component) error {
	if err := CheckTopic(topic); err != nil {
		return err
	}
	s := senderFrom(ctx)
	if s.who.IsUnknown() {
		return fmt.Errorf("%w: nobody can tell who types", ErrUnknownSender)
	}
	if err := h.authorize(ctx, s.who, topic); err != nil {
		return err
	}
	t, err := h.typing.begin(topic, s.key())
	if t == nil {
		return err
	}
	user, except := User{}, ExceptSender()
	if u, ok := s.who.User(); ok {
		user, except = u, ExceptUser(u.ID)
	}
	shown := false
	defer func() {
		if !shown { // show may have panicked
			h.typing.end(t)
		}
	}()
	err = h.Send(ctx, topic, Append(target, show(t.id, user)), Everyone(), except, Ephemeral(), h.typing.mine(t))
	if err != nil {
		return err
	}
	shown = true
	h.typing.expire(t, func() { h.stopTyping(t) })
	return nil
}

// StopTyping takes away at once what Typing showed of the sender of ctx, here or
// on another node: what was typed has been sent. It is no error if nothing is
// shown; on a shared log, which tells no node what another shows, an entry is
// written all the same.
func (h *Hub) StopTyping(ctx context.Context, topic string) error {
	key := senderFrom(ctx).key()
	t := h.typing.find(topic, key)
	if t == nil && !h.shared {
		return nil
	}
	if t == nil { // perhaps of another node
		t = &typist{topic: topic, key: key, id: typistID(topic, key)}
	}
	if err := h.Send(WithHub(context.WithoutCancel(ctx), h), topic, t.removal()...); err != nil {
		return err
	}
	h.typing.end(t)
	return nil
}

// key names a sender among those who type: the user, the session, or the tab.
func (s sender) key() string {
	if user, ok := s.who.User(); ok {
		return "user " + user.ID
	}
	if s.session.Key != "" {
		return "session " + s.session.Key
	}
	return "tab " + s.tab
}

// removal is an event to t's element, where a page has it: removing an element
// that is not there would be an error in htmx 2's console.
func (t *typist) removal() []SendOption {
	return []SendOption{Event(t.id), Text("typed"), Everyone(), Latest(typingKey + t.id)}
}

// begin returns a new typist, or nil if one types already or nobody more may.
func (y *typing) begin(topic, key string) (*typist, error) {
	y.mu.Lock()
	defer y.mu.Unlock()
	of := y.topics[topic]
	switch t := of[key]; {
	case y.closed:
		return nil, ErrClosed
	case t != nil:
		t.until = time.Now().Add(typingLasts)
		return nil, nil
	case len(of) >= typistsMax:
		return nil, nil
	case of == nil:
		of = make(map[string]*typist)
		if y.topics == nil {
			y.topics = make(map[string]map[string]*typist)
		}
		y.topics[topic] = of
	}
	t := &typist{topic: topic, key: key, id: typistID(topic, key), until: time.Now().Add(typingLasts)}
	of[key] = t
	return t, nil
}

// typistID is the same on all nodes.
func typistID(topic, key string) string {
	sum := sha256.Sum256([]byte(topic + "\x00" + key))
	return "rt-typist-" + hex.EncodeToString(sum[:8])
}

// mine says that this node shows t.
func (y *typing) mine(t *typist) SendOption {
	return func(d *draft) { d.key = typingKey + t.id + " " + hex.EncodeToString(y.node[:]) }
}

// heed reads a message of the log. When another node has shown a typist later
// than this one, or any took it away, it is this one's no more.
func (y *typing) heed(m *message) {
	rest, ok := strings.CutPrefix(m.key, typingKey)
	if !ok {
		return
	}
	id, node, shown := strings.Cut(rest, " ")
	own := shown && node == hex.EncodeToString(y.node[:])
	y.mu.Lock()
	defer y.mu.Unlock()
	for _, t := range y.topics[m.topic] {
		switch {
		case t.id != id:
		case own:
			t.read = true
		case t.read: // else this node's own comes later
			y.drop(t)
		}
	}
}

func (y *typing) find(topic, key string) *typist {
	y.mu.Lock()
	defer y.mu.Unlock()
	return y.topics[topic][key]
}

// end forgets t.
func (y *typing) end(t *typist) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.drop(t)
}

// drop is end with y.mu held.
func (y *typing) drop(t *typist) {
	of := y.topics[t.topic]
	if of[t.key] != t {
		return
	}
	if t.timer != nil {
		t.timer.Stop()
	}
	if delete(of, t.key); len(of) == 0 {
		delete(y.topics, t.topic)
	}
}

// expire calls stop when t has typed for long enough. The timer's goroutine
// ends with that; close waits for it.
func (y *typing) expire(t *typist, stop func()) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.topics[t.topic][t.key] != t {
		return
	}
	t.timer = time.AfterFunc(time.Until(t.until), func() {
		if y.due(t) {
			defer y.running.Done()
			stop()
		}
	})
}

// due reports whether t is to be stopped; otherwise its time begins again.
func (y *typing) due(t *typist) bool {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.closed || y.topics[t.topic][t.key] != t {
		return false
	}
	if left := time.Until(t.until); left > 0 {
		t.timer.Reset(left)
		return false
	}
	y.running.Add(1)
	return true
}

// stopTyping takes t's element away, or tries again a second later.
func (h *Hub) stopTyping(t *typist) {
	err := h.Send(context.Background(), t.topic, t.removal()...)
	if err == nil || errors.Is(err, ErrClosed) {
		h.typing.end(t)
		return
	}
	h.log.Warn("htmxrt: who types no more is still shown, and will not be", "err", err)
	h.typing.retry(t)
}

func (y *typing) retry(t *typist) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if !y.closed && y.topics[t.topic][t.key] == t {
		t.until = time.Now().Add(time.Second)
		t.timer.Reset(time.Second)
	}
}

// close takes all away, with one publish, and waits for the timers at work.
func (y *typing) close(h *Hub) {
	var drafts []*draft
	for _, t := range y.dropAll() {
		d, err := h.compose(context.Background(), t.topic, t.removal())
		if err == nil {
			err = d.render(context.Background())
		}
		if err == nil {
			drafts = append(drafts, d)
		}
	}
	y.running.Wait()
	if len(drafts) == 0 {
		return
	}
	if err := h.publishDrafts(context.Background(), drafts...); err != nil && !errors.Is(err, ErrClosed) {
		h.log.Warn("htmxrt: who types no more is still shown", "err", err)
	}
}

// dropAll forgets everybody; nobody types after it.
func (y *typing) dropAll() (list []*typist) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.closed = true
	for _, of := range y.topics {
		for _, t := range of {
			y.drop(t)
			list = append(list, t)
		}
	}
	return list
}
