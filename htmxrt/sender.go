package htmxrt

import (
	"context"
	"fmt"
)

// sender is who sends, as the context tells it.
type sender struct {
	who       Identity
	session   Session
	tab       string
	inRequest bool
}

// senderFrom reads the sender of ctx. When the request is over, its identity is
// not known any more: the user may have logged out since.
func senderFrom(ctx context.Context) sender {
	var s sender
	s.who = IdentityFrom(ctx)
	s.session, _ = SessionFrom(ctx)
	_, s.inRequest = ctx.Value(identityKey{}).(Identity)
	if x, ok := ctx.Value(exchangeKey{}).(*Exchange); ok {
		s.inRequest = true
		s.tab = x.tab
		if x.isEnded() {
			s.who = Identity{}
		}
	}
	return s
}

// address completes d's audience: the default where none is named.
func (h *Hub) address(ctx context.Context, d *draft) error {
	s := senderFrom(ctx)
	a := &d.audience
	user, isUser := s.who.User()
	switch {
	case a.named:
		d.self = isUser && !a.everyone && (only(a.users, user.ID) || s.session.Key != "" && only(a.sessions, s.session.Key))
	case isUser:
		a.named, a.users, d.self = true, []string{user.ID}, true
	case s.who.IsAnonymous():
		if err := h.addressAnonymous(ctx, s.who, d); err != nil {
			return err
		}
	case s.inRequest:
		return fmt.Errorf("%w: name an audience, or identify the sender", ErrUnknownSender)
	default:
		return fmt.Errorf("%w: outside a request a send must name one", ErrNoAudience)
	}
	if s.who.IsAnonymous() {
		d.limit = h.opts.Limits.AnonymousMessage
	}
	d.secrets, _ = ctx.Value(secretsKey{}).([]string)
	if d.exceptSender {
		if s.tab == "" {
			return fmt.Errorf("%w: ExceptSender without a tab id in the request", ErrNoAudience)
		}
		a.exceptTab, a.exceptOwner = s.tab, ownerOf(s.who, s.session)
	}
	return nil
}

func (h *Hub) addressAnonymous(ctx context.Context, who Identity, d *draft) error {
	if h.opts.Anonymous == AnonymousRefuse {
		return ErrAnonymousRefused
	}
	if err := h.authorize(ctx, who, d.topic); err != nil {
		return fmt.Errorf("anonymous sender to %q: %w", d.topic, err)
	}
	d.audience.named = true
	d.audience.everyone = h.opts.Anonymous == AnonymousEveryone
	d.audience.anonymous = h.opts.Anonymous == AnonymousOnly
	return nil
}

func only(list []string, s string) bool { return len(list) == 1 && list[0] == s }
