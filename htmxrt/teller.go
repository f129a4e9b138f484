package htmxrt

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"time"
)

// PresenceKind is what has changed for a user in a topic.
type PresenceKind int

const (
	// PresenceJoin: the first of the user's tabs has come.
	PresenceJoin PresenceKind = iota + 1
	// PresenceLeave: the last one has gone.
	PresenceLeave
	// PresenceAway: none of the tabs has an open stream any more.
	PresenceAway
	// PresenceBack: one of them has again.
	PresenceBack
	// PresenceReset: begin anew with Hub.Present. The callback was slower than
	// 1,024 events, which are lost, or the log was: who is here then joins anew.
	PresenceReset
)

// String returns the kind's word.
func (k PresenceKind) String() string {
	switch k {
	case PresenceJoin:
		return "join"
	case PresenceLeave:
		return "leave"
	case PresenceAway:
		return "away"
	case PresenceBack:
		return "back"
	case PresenceReset:
		return "reset"
	}
	return fmt.Sprintf("PresenceKind(%d)", int(k))
}

// PresenceEvent is one change of who is here.
type PresenceEvent struct {
	Kind  PresenceKind
	Topic string // "" of PresenceReset
	// User has ID and Name. It is zero for guests and for users who are not
	// told; one event may stand for several of them.
	User User
	// Local is true at one node alone, the one that found the change: what has
	// to be done once is done there.
	Local bool
}

// PresenceEventName returns the name of the event under which a topic's
// attendance is sent to those who follow it, see Options.PresenceView.
func PresenceEventName(topic string) string { return derivedName(topic, "presence") }

// tellerMax is how many events wait for Options.OnPresence.
const tellerMax = 1024

// viewEvery is the time between two attendances sent to a topic, by one node.
const viewEvery = 250 * time.Millisecond

// teller tells the application, and pages, of changes. Its fields are guarded
// by the presence's lock; the application's code runs in its goroutine.
type teller struct {
	p    *presence
	wake chan struct{} // has room for one
	done chan struct{} // closed when tell has ended

	live   bool // what changed before New returned is no news
	events []PresenceEvent
	dirty  map[string]time.Time // topics whose change is this node's to show, and when
	shown  map[string]uint64    // what this node showed last, if nobody else changed it since
	seed   maphash.Seed

	failing bool // the log does not take what is shown; for show alone
}

func newTeller(p *presence) *teller {
	return &teller{
		p: p, wake: make(chan struct{}, 1), done: make(chan struct{}),
		dirty: make(map[string]time.Time), shown: make(map[string]uint64), seed: maphash.MakeSeed(),
	}
}

// start begins to state and to tell. Shutdown ends both by ctx.
func (p *presence) start(ctx context.Context) {
	if p == nil {
		return
	}
	p.hub.running.Go(func() { p.keep(ctx) }) // owned by the hub; Shutdown waits for running
	if p.teller == nil {
		return
	}
	p.mu.Lock()
	p.teller.live = true
	p.mu.Unlock()
	go p.teller.tell(ctx) // owned by the hub; Shutdown waits for done
}

// wait waits until the application's code has returned, for as long as ctx, and
// for a second in any case.
func (p *presence) wait(ctx context.Context) error {
	if p == nil || p.teller == nil || !p.teller.live {
		return nil
	}
	select {
	case <-p.teller.done:
		return nil
	case <-ctx.Done():
	}
	timer := time.NewTimer(time.Second)
	defer timer.Stop()
	select {
	case <-p.teller.done:
		return nil
	case <-timer.C:
		return fmt.Errorf("htmxrt: Options.OnPresence or PresenceView does not return: %w", ctx.Err())
	}
}

// note takes in what a statement changed; own says that this node wrote it. The
// presence's lock is held.
func (t *teller) note(list []difference, own bool) {
	if t == nil || len(list) == 0 || !t.live {
		return
	}
	for _, d := range list {
		if t.p.hub.opts.OnPresence != nil {
			if kind := d.kind(); kind != 0 {
				t.push(PresenceEvent{Kind: kind, Topic: d.room.topic, User: d.who(), Local: own})
			}
		}
		if t.p.hub.opts.PresenceView == nil {
			continue
		}
		if own {
			t.soil(d.room.topic)
		} else {
			delete(t.shown, d.room.topic)
		}
	}
	t.rouse()
}

// kind returns what d is for the application, 0 for nothing.
func (d *difference) kind() PresenceKind {
	before, after := &d.before, &d.after
	switch {
	case before.tabs == 0, d.who().ID == "" && after.tabs > before.tabs:
		return PresenceJoin
	case after.tabs == 0, d.who().ID == "" && after.tabs < before.tabs:
		return PresenceLeave
	case d.who().ID == "":
		return 0
	case after.isAway() && !before.isAway():
		return PresenceAway
	case before.isAway() && !after.isAway():
		return PresenceBack
	}
	return 0
}

func (d *difference) who() User {
	if d.after.tabs > 0 {
		return d.after.user
	}
	return d.before.user
}

// push queues an event, or, without room, what says that there were others.
func (t *teller) push(e PresenceEvent) {
	if len(t.events) >= tellerMax {
		t.events = append(t.events[:0], PresenceEvent{Kind: PresenceReset})
	}
	t.events = append(t.events, e)
}

// soil makes a topic be shown anew.
func (t *teller) soil(topic string) {
	if _, ok := t.dirty[topic]; !ok {
		t.dirty[topic] = time.Now().Add(viewEvery)
	}
}

// adopt makes this node show what a node that is gone may not have shown any more.
func (t *teller) adopt(r *roster, gone nodeID) {
	if t == nil || t.p.hub.opts.PresenceView == nil {
		return
	}
	for topic, x := range r.rooms {
		if x.by == gone {
			x.by = t.p.node
			t.soil(topic)
		}
	}
	t.rouse()
}

// restart is for a roster that began anew.
func (t *teller) restart() {
	if t == nil || !t.live {
		return
	}
	t.events = append(t.events[:0], PresenceEvent{Kind: PresenceReset})
	clear(t.shown)
	t.rouse()
}

func (t *teller) rouse() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// tell calls the application, one call at a time, until ctx ends.
func (t *teller) tell(ctx context.Context) {
	defer close(t.done)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		events, topic, wait := t.next(time.Now())
		for _, e := range events {
			if ctx.Err() == nil {
				t.call(ctx, e)
			}
		}
		if topic != "" {
			t.show(ctx, topic)
		}
		if len(events) > 0 || topic != "" {
			continue
		}
		if wait > 0 {
			timer.Reset(wait)
		}
		select {
		case <-t.wake:
		case <-timer.C:
		case <-ctx.Done():
		}
	}
}

// next returns the events to tell of and a topic to show, or how long to wait
// for the next one, 0 for until woken.
func (t *teller) next(now time.Time) (events []PresenceEvent, topic string, wait time.Duration) {
	t.p.mu.Lock()
	defer t.p.mu.Unlock()
	events, t.events = t.events, nil
	for name, due := range t.dirty {
		if left := due.Sub(now); left > 0 {
			if wait == 0 || left < wait {
				wait = left
			}
			continue
		}
		topic = name
	}
	delete(t.dirty, topic)
	return events, topic, wait
}

// call calls Options.OnPresence.
func (t *teller) call(ctx context.Context, e PresenceEvent) {
	defer func() {
		if p := recover(); p != nil {
			t.p.hub.log.Error("htmxrt: Options.OnPresence panicked", "panic", p)
		}
	}()
	t.p.hub.opts.OnPresence(WithHub(ctx, t.p.hub), e)
}

// show renders who is in topic and sends it to those who follow it. Two nodes
// may do that at once, and the older rendering come later: so the one that sees
// that the other changed something meanwhile shows it once more.
func (t *teller) show(ctx context.Context, topic string) {
	h := t.p.hub
	here, asOf := t.p.attendance(topic)
	sum := t.sum(here)
	if t.isShown(topic, sum) {
		return
	}
	c, err := h.viewPresence(topic, here)
	if err == nil {
		err = h.Send(WithHub(ctx, h), topic, Component(c), Event(PresenceEventName(topic)), Everyone(), Latest("presence"))
	}
	if err == nil {
		h.catchUp(ctx)
	}
	if err != nil && !t.failing && !errors.Is(err, ErrClosed) {
		h.log.Error("htmxrt: who is here was not shown", "err", err, "topic", topic)
	}
	t.failing = err != nil && !errors.Is(err, ErrContent) && !errors.Is(err, ErrTooLarge)
	t.sent(topic, sum, asOf, err)
}

// sent notes that topic was shown as of a position, or was not.
func (t *teller) sent(topic string, sum uint64, asOf Position, err error) {
	t.p.mu.Lock()
	defer t.p.mu.Unlock()
	x := t.p.roster.rooms[topic]
	switch {
	case errors.Is(err, ErrContent), errors.Is(err, ErrTooLarge): // so will the next one be
	case err != nil:
		t.dirty[topic] = time.Now().Add(time.Second)
	case x != nil && x.by != t.p.node && x.changed.Compare(asOf) > 0:
		t.soil(topic)
	case x != nil:
		t.shown[topic] = sum
	default:
		delete(t.shown, topic)
	}
}

// isShown reports whether pages show just that already.
func (t *teller) isShown(topic string, sum uint64) bool {
	t.p.mu.Lock()
	defer t.p.mu.Unlock()
	have, ok := t.shown[topic]
	return ok && have == sum
}

// sum returns a number that another attendance hardly has.
func (t *teller) sum(a Attendance) uint64 {
	var h maphash.Hash
	h.SetSeed(t.seed)
	var b []byte
	for _, p := range a.Users {
		b = appendString(appendString(b[:0], p.User.ID), p.User.Name)
		b = append(binary.AppendUvarint(b, uint64(p.Tabs)), flag(p.Away))
		h.Write(b)
	}
	fmt.Fprint(&h, a.Guests, a.Tabs)
	return h.Sum64()
}
