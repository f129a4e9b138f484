package htmxrt

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// subscription is what a stream is to follow.
type subscription struct {
	topics []string // sorted, allowed
	tab    string
	ticket *ticket // nil: the topics were not chosen by a page
}

// refusal is an answer in the place of a stream: an error that says why a
// browser will not be served, or an event for one that will ask again.
type refusal struct {
	status  int
	text    string
	control *control
}

var (
	errorTopics    = &refusal{status: http.StatusBadRequest, text: "no topics: give a ticket, or topic parameters within the grammar"}
	errorForbidden = &refusal{status: http.StatusForbidden, text: "forbidden"}
	errorOrigin    = &refusal{status: http.StatusForbidden, text: "cross-site request"}
	errorMethod    = &refusal{status: http.StatusMethodNotAllowed, text: "method not allowed"}
	errorFlush     = &refusal{status: http.StatusInternalServerError, text: "this response cannot be flushed: take timeout and buffering middleware off the stream's route"}
)

func told(c *control) *refusal { return &refusal{control: c} }

// ServeHTTP serves a page's stream: the topics of its ticket parameter, or,
// with Options.Authorize, those that its topic parameters name. It blocks until
// the stream ends. Answers are listed in docs/wire.md.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.serve(w, r, h.requested)
}

// Stream returns a handler of streams with topics that the server chose, for
// pages without a ticket and for programs. With Options.Authorize, topics that
// the viewer may not follow are left out; with none left it answers 403. A
// viewer of unknown identity receives only what is sent to Everyone. Stream
// panics when topics are none, too many or bad.
func (h *Hub) Stream(topics ...string) http.Handler {
	set, err := checkTopics(topics)
	if err != nil {
		panic(err)
	}
	if len(set) == 0 || len(set) > h.opts.Limits.Topics {
		panic(fmt.Errorf("%w: Stream of %d topics, want 1 to %d", ErrBadTopic, len(set), h.opts.Limits.Topics))
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.serve(w, r, func(r *http.Request, v viewer) (subscription, *refusal) {
			allowed := h.allowed(r.Context(), v.who, set)
			if len(allowed) == 0 {
				return subscription{}, errorForbidden
			}
			return subscription{topics: allowed, tab: newTab()}, nil
		})
	})
}

// serve answers one request for a stream that follows what choose says.
func (h *Hub) serve(w http.ResponseWriter, r *http.Request, choose func(*http.Request, viewer) (subscription, *refusal)) {
	s := newSink(w, r, h.opts.WriteTimeout)
	defer s.release()
	if no := h.stream(s, r, choose); no != nil {
		h.counts.refused.Add(1)
		s.refuse(no)
	}
}

// stream serves one stream until it ends, or returns why there is none.
func (h *Hub) stream(s *sink, r *http.Request, choose func(*http.Request, viewer) (subscription, *refusal)) *refusal {
	switch {
	case r.Method != http.MethodGet:
		return errorMethod
	case !sameOrigin(r):
		return errorOrigin
	case !canFlush(s.w):
		h.log.Error("htmxrt: the stream's response cannot be flushed", "writer", fmt.Sprintf("%T", s.w))
		return errorFlush
	}
	v, no := h.viewer(r)
	if no != nil {
		return no
	}
	sub, no := choose(r, v)
	if no != nil {
		return no
	}
	holders := h.holders(r, v)
	if full := h.streams.enter(s, holders); full != nil {
		return told(full)
	}
	defer h.streams.leave(s, holders)

	c := newClient(v, sub)
	if !h.index.add(c, v.since, h.head.Load().log) {
		return told(closeRevoked)
	}
	defer h.index.remove(c)
	switch { // c is registered: from here on it is told itself
	case h.streams.isClosed():
		return told(byeDrain)
	case h.blind(time.Now()) && (c.signedIn() || sub.ticket != nil):
		return told(byeBlind)
	}
	if v.recheck {
		if end := h.checkSession(r.Context(), c); end != nil {
			return told(end)
		}
	}
	from, reset := h.start(r, c)
	st := &stream{hub: h, client: c, sink: s, at: from}
	h.presence.enter(c)
	defer func() { h.presence.leave(c, st.ended.final() || c.final()) }()
	st.run(r.Context(), opening{Version: wireVersion, Tab: c.tab, Beat: h.opts.Heartbeat.Milliseconds(), Ticket: h.renew(sub.ticket, v)}, reset)
	return nil
}

// requested reads what ServeHTTP's parameters ask for.
func (h *Hub) requested(r *http.Request, v viewer) (subscription, *refusal) {
	query := r.URL.Query()
	if text := query.Get("ticket"); text != "" {
		return h.redeem(r.Context(), text, v)
	}
	named := slices.Clone(query["topic"])
	for i, t := range named {
		named[i] = trimTopic(t)
	}
	set, err := checkTopics(named)
	switch {
	case err != nil || len(set) == 0 || len(set) > h.opts.Limits.Topics:
		return subscription{}, errorTopics
	case h.opts.Authorize == nil:
		return subscription{}, errorForbidden
	case len(h.allowed(r.Context(), v.who, set)) < len(set):
		return subscription{}, errorForbidden
	}
	return subscription{topics: set, tab: newTab()}, nil
}

// redeem reads a ticket. There is one answer for all that is wrong with it. A
// page whose user is not signed in any more is told to stop.
func (h *Hub) redeem(ctx context.Context, text string, v viewer) (subscription, *refusal) {
	t, err := decodeTicket(h.keys, text)
	if err != nil {
		return subscription{}, told(resetTicket)
	}
	if _, ok := v.who.User(); t.member && !ok {
		return subscription{}, told(closeSession)
	}
	if !time.Now().Before(t.expires) || !t.binding.admits(h.keys, v.who, v.session) || h.revoked(t, v) {
		return subscription{}, told(resetTicket)
	}
	topics := h.allowed(ctx, v.who, t.topics)
	if len(topics) == 0 {
		return subscription{}, told(resetTicket)
	}
	return subscription{topics: topics, tab: t.tab, ticket: &t}, nil
}

// revoked reports whether t was minted before its holder was revoked.
func (h *Hub) revoked(t ticket, v viewer) bool {
	c := &Client{who: v.who, session: v.session, tab: t.tab}
	return h.index.revokedSince(c, &place{mark: mark{pos: t.minted}, log: t.log}, h.head.Load().log)
}

// renew returns a fresh ticket for the next connect, "" if there was none.
func (h *Hub) renew(t *ticket, v viewer) string {
	if t == nil {
		return ""
	}
	return h.mint(t.topics, t.tab, v.who, v.session, v.since)
}

// mint returns a ticket for who, as of a place in the log. It lives until the
// session expires, and at most 24 h.
func (h *Hub) mint(topics []string, tab string, who Identity, session Session, at *place) string {
	expires := time.Now().Add(ticketLife)
	if !session.Expires.IsZero() && session.Expires.Before(expires) {
		expires = session.Expires
	}
	_, member := who.User()
	t := ticket{
		topics: topics, tab: tab, binding: bind(h.keys, who, session), member: member,
		log: at.log, minted: at.pos, expires: expires,
	}
	return t.encode(h.keys)
}

func newClient(v viewer, sub subscription) *Client {
	c := &Client{
		id: newTab(), who: v.who, session: v.session, tab: sub.tab,
		wake: make(chan struct{}, 1),
	}
	c.topics.Store(&sub.topics)
	return c
}

// aheadWait is how long a browser may be ahead of this node: it comes from
// another one, and this one is about to read what it has seen.
const aheadWait = 2 * time.Second

// start returns where c's stream begins: behind the Last-Event-ID header, which
// decides alone, or the after parameter, or now. It begins now, with a reset,
// if the log cannot be read on from there. c is registered: what comes after
// now is offered to it.
func (h *Hub) start(r *http.Request, c *Client) (from *place, reset error) {
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = r.URL.Query().Get("after")
	}
	if text == "" {
		return h.window.newest(), nil
	}
	log, m, err := decodeCursor(h.keys, text)
	if err == nil {
		err = h.locate(r.Context(), log, m)
	}
	now := h.window.newest()
	if err != nil || m == now.mark {
		return now, err
	}
	c.catchUp()
	return &place{mark: m, log: log, keys: h.keys}, nil
}

// locate reports why the log cannot be read on from m. A mark that this node
// has not read yet is waited for.
func (h *Hub) locate(ctx context.Context, log logTag, m mark) error {
	err := h.window.locate(log, m)
	if !errors.Is(err, errAhead) {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, aheadWait)
	defer cancel()
	if h.await(ctx, m.pos) != nil {
		return err
	}
	return h.window.locate(log, m)
}

// refuse answers in the place of a stream.
func (s *sink) refuse(no *refusal) {
	if no.control == nil {
		if no.status == http.StatusMethodNotAllowed {
			s.w.Header().Set("Allow", http.MethodGet)
		}
		http.Error(s.w, no.text, no.status)
		return
	}
	s.open()
	s.write(time.Now(), no.control.append(nil)) // a browser that is gone needs no answer
}
