package htmxrt

import (
	"bytes"
	"context"
	"fmt"
	"html"
)

// SendOption says what a send carries, to whom and how. Options commute.
type SendOption func(*draft)

// draft is a send on its way to be a message.
type draft struct {
	topic        string
	audience     audience
	exceptSender bool
	local        []func(*Client) bool // of Filter
	self         bool                 // the audience is the sender alone
	limit        int                  // bytes of content
	secrets      []string             // that others must not read

	fragment  *fragment
	verbs     []verb
	signals   []block // of Trigger and Refresh
	event     string
	ephemeral bool
	latest    bool
	key       string
	divert    bool

	body []byte // the fragment, rendered or captured
	err  error  // of the first bad option
}

// fail notes the first error of an option; nil is none.
func (d *draft) fail(err error) {
	if d.err == nil {
		d.err = err
	}
}

// Send renders content once and gives it to every client that follows topic and
// passes the audience. When it returns nil, the broker has acknowledged the
// message; it does not wait for any browser, and a topic without followers is
// no error. On an error nobody receives anything, but for one of the broker's
// own, such as a server that did not answer in time: that message may still come,
// and behind newer ones. Cancelling ctx does not stop a send, its values count.
// Send may be called from any goroutine, also from filters and components.
//
// A topic is exact bytes: not empty, at most 128 bytes of valid UTF-8 without
// control characters, commas, leading or trailing spaces; open, error, message
// and names that begin with htmxrt-, hx: or htmx: are reserved. Else ErrBadTopic.
//
// One content, such as [Component], goes to the regions of the topic; verbs
// such as [Append], together with [Trigger] and [Refresh], go to the elements
// that they name. Two contents are ErrContent. Without content, in a handler,
// everything that the handler renders or writes after the call is sent too,
// once it has returned nil with a status of 2xx; see [Divert]. Outside a request
// that is ErrNoContent.
//
// Without an audience a signed-in sender's message reaches all clients of that
// user, and an anonymous sender's those that Options.Anonymous says. From an
// unknown sender it is ErrUnknownSender, outside a request ErrNoAudience.
func (h *Hub) Send(ctx context.Context, topic string, opts ...SendOption) error {
	d, err := h.compose(ctx, topic, opts)
	if err != nil {
		return err
	}
	if d.empty() {
		return capture(ctx, d)
	}
	if err := d.render(ctx); err != nil {
		return err
	}
	return h.publishDrafts(ctx, d)
}

// Send is Hub.Send on the hub of ctx, or ErrNoHub.
func Send(ctx context.Context, topic string, opts ...SendOption) error {
	h, err := HubFrom(ctx)
	if err != nil {
		return err
	}
	return h.Send(ctx, topic, opts...)
}

// compose checks a send, up to what it carries.
func (h *Hub) compose(ctx context.Context, topic string, opts []SendOption) (*draft, error) {
	if h.closed.Load() {
		return nil, ErrClosed
	}
	if err := CheckTopic(topic); err != nil {
		return nil, err
	}
	d := &draft{topic: topic, limit: h.opts.Limits.Message}
	for _, opt := range opts {
		if opt == nil {
			return nil, fmt.Errorf("%w: a nil option", ErrContent)
		}
		opt(d)
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	if h.shared && len(d.local) > 0 {
		return nil, ErrLocalFilter
	}
	if err := h.address(ctx, d); err != nil {
		return nil, err
	}
	return d, nil
}

// check reports options that are bad or do not go together.
func (d *draft) check() error {
	targeted := len(d.verbs) > 0 || len(d.signals) > 0
	switch {
	case d.err != nil:
		return d.err
	case d.fragment != nil && targeted:
		return fmt.Errorf("%w: a content for the topic's regions and verbs, Trigger or Refresh in one send", ErrContent)
	case d.event != "" && targeted:
		return fmt.Errorf("%w: Event names the event of a content for regions, not of verbs", ErrContent)
	case d.divert && !d.empty():
		return fmt.Errorf("%w: Divert is for sends without content", ErrContent)
	case d.latest && d.key == "":
		return fmt.Errorf("%w: Latest without a key", ErrContent)
	case d.latest && d.ephemeral:
		return fmt.Errorf("%w: Latest replaces what is kept, and Ephemeral keeps nothing", ErrContent)
	}
	return nil
}

// empty reports that the content is to be captured.
func (d *draft) empty() bool {
	return d.fragment == nil && len(d.verbs) == 0 && len(d.signals) == 0
}

// publishDrafts publishes drafts whose bodies are there, all or none.
func (h *Hub) publishDrafts(ctx context.Context, drafts ...*draft) error {
	messages := make([]*message, len(drafts))
	for i, d := range drafts {
		m, err := d.message()
		if err != nil {
			return err
		}
		if len(d.local) > 0 {
			if m.local, err = newLocalFilter(d.local, h.index.followers(d.topic)); err != nil {
				return err
			}
		}
		messages[i] = m
	}
	return h.publish(ctx, messages...)
}

// message checks d's size and secrets and returns what is to be published.
func (d *draft) message() (*message, error) {
	m := &message{
		kind: kindMessage, topic: d.topic, ephemeral: d.ephemeral, key: d.key,
		audience: d.audience, blocks: d.blocks(),
	}
	total := 0
	for _, b := range m.blocks {
		total += len(b.data)
		if !d.self && holdsSecret(b.data, d.secrets) {
			return nil, fmt.Errorf("%w: for the topic %q", ErrSecretInFragment, d.topic)
		}
	}
	if total > d.limit {
		return nil, fmt.Errorf("%w: content of %d bytes for the topic %q, want at most %d", ErrTooLarge, total, d.topic, d.limit)
	}
	return m, nil
}

// holdsSecret looks for secrets as they are and as templ escapes them.
func holdsSecret(data []byte, secrets []string) bool {
	for _, s := range secrets {
		if s != "" && (bytes.Contains(data, []byte(s)) || bytes.Contains(data, []byte(html.EscapeString(s)))) {
			return true
		}
	}
	return false
}

// Event gives the content's event another name than the topic: the regions that
// sse-swap it receive it. The audience stays that of the topic. The grammar is
// that of topics.
func Event(name string) SendOption {
	return func(d *draft) {
		d.fail(CheckTopic(name))
		d.event = name
	}
}

// Ephemeral sends without keeping: only clients that are connected and up to
// date receive the message, without any promise; it is never replayed.
func Ephemeral() SendOption { return func(d *draft) { d.ephemeral = true } }

// Latest makes the message replace those with the same topic, audience and key:
// a client that reads on from the log receives only the newest of them.
func Latest(key string) SendOption {
	return func(d *draft) { d.latest, d.key = true, key }
}
