package htmxrt

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// viewer is who asks for a stream.
type viewer struct {
	who     Identity
	session Session
	// since is where the log was before the identity was looked up.
	since Position
	// recheck says that since may be later than that.
	recheck bool
}

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
	if !h.index.add(c, v.since) {
		return told(closeRevoked)
	}
	defer h.index.remove(c)
	if h.streams.isClosed() { // since enter: Shutdown may have missed c
		return told(byeDrain)
	}
	if v.recheck {
		if end := h.checkSession(r.Context(), c); end != nil {
			return told(end)
		}
	}
	from, reset := h.start(r)
	st := &stream{hub: h, client: c, sink: s, at: from}
	st.run(r.Context(), opening{Version: wireVersion, Tab: c.tab, Ticket: h.renew(sub.ticket, v)}, reset)
	return nil
}

// viewer looks up who asks. A session that a middleware found but could not
// load is asked again; a store that cannot tell is not an anonymous viewer.
func (h *Hub) viewer(r *http.Request) (viewer, *refusal) {
	v := viewer{who: IdentityFrom(r.Context()), since: h.head.Load().pos}
	session, ok := SessionFrom(r.Context())
	if ok {
		v.session = session
	}
	if x := exchangeFrom(r.Context()); x != nil && x.hub == h {
		v.since = x.start.pos
	} else {
		v.recheck = session.Check != nil
	}
	if v.who.IsUnknown() && session.Check != nil {
		ctx, cancel := context.WithTimeout(r.Context(), checkTimeout)
		defer cancel()
		who, err := session.Check(ctx)
		if err != nil {
			h.log.Error("htmxrt: session of a stream", "err", err)
			return v, told(byeStore)
		}
		v.who = who
	}
	return v, nil
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

// redeem reads a ticket. There is one answer for all that is wrong with it.
func (h *Hub) redeem(ctx context.Context, text string, v viewer) (subscription, *refusal) {
	t, err := decodeTicket(h.keys, text, time.Now())
	if err != nil || !t.binding.admits(h.keys, v.who, v.session) || h.revoked(t, v) {
		return subscription{}, told(resetTicket)
	}
	topics := h.allowed(ctx, v.who, t.topics)
	if len(topics) == 0 {
		return subscription{}, told(resetTicket)
	}
	return subscription{topics: topics, tab: t.tab, ticket: &t}, nil
}

// revoked reports whether t was minted before its holder was revoked. Where
// another log began since, every revocation that is known came later.
func (h *Hub) revoked(t ticket, v viewer) bool {
	minted := t.minted
	if t.log != h.head.Load().log {
		minted = Position{}
	}
	c := &Client{who: v.who, session: v.session, tab: t.tab}
	return h.index.revokedSince(c, minted)
}

// renew returns a fresh ticket for the next connect, "" if there was none.
func (h *Hub) renew(t *ticket, v viewer) string {
	if t == nil {
		return ""
	}
	return h.mint(t.topics, t.tab, v.who, v.session, v.since)
}

// mint returns a ticket for who, as of a position of this log. It lives until
// the session expires, and at most 24 h.
func (h *Hub) mint(topics []string, tab string, who Identity, session Session, at Position) string {
	expires := time.Now().Add(ticketLife)
	if !session.Expires.IsZero() && session.Expires.Before(expires) {
		expires = session.Expires
	}
	t := ticket{
		topics: topics, tab: tab, binding: bind(h.keys, who, session),
		log: h.head.Load().log, minted: at, expires: expires,
	}
	return t.encode(h.keys)
}

// holders returns what a stream counts against.
func (h *Hub) holders(r *http.Request, v viewer) []holder {
	var list []holder
	if user, ok := v.who.User(); ok {
		list = append(list, holder{Target: UserTarget(user.ID)})
	} else if v.session.Key != "" {
		list = append(list, holder{Target: SessionTarget(v.session.Key)})
	}
	if h.opts.ClientIP != nil {
		if ip := h.opts.ClientIP(r); ip != "" {
			list = append(list, holder{ip: ip})
		}
	}
	return list
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

// start returns where the stream begins: behind the Last-Event-ID header, which
// decides alone, or the after parameter, or now. It begins now, with a reset,
// if the log cannot be read on from there.
func (h *Hub) start(r *http.Request) (from *place, reset error) {
	text := r.Header.Get("Last-Event-ID")
	if text == "" {
		text = r.URL.Query().Get("after")
	}
	if text == "" {
		return h.head.Load(), nil
	}
	log, m, err := decodeCursor(h.keys, text)
	if err == nil {
		err = h.window.locate(log, m)
	}
	if errors.Is(err, errAhead) {
		ctx, cancel := context.WithTimeout(r.Context(), aheadWait)
		defer cancel()
		if h.await(ctx, m.pos) == nil {
			err = h.window.locate(log, m)
		}
	}
	if err != nil {
		return h.head.Load(), err
	}
	return &place{mark: m, log: log, keys: h.keys}, nil
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
	s.write(no.control.append(nil)) // a browser that is gone needs no answer
}
