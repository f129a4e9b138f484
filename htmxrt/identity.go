package htmxrt

import (
	"context"
	"time"
)

// User is somebody who is logged in.
type User struct {
	// ID is not empty and unique across all kinds of user, so that user 7 and
	// administrator 7 are two ("user:7", "admin:7").
	ID string
	// Name is for display.
	Name string
	// Attrs are the application's own, for filters. They must not be changed
	// once the User was handed over.
	Attrs map[string]string
}

type identityState uint8

const (
	unknown identityState = iota
	anonymous
	signedIn
)

// Identity says who a request or a stream belongs to. It is in one of three
// states: signed in, anonymous (the session was loaded and nobody is logged
// in), and unknown (nobody could tell). Unknown never counts as anonymous. The
// zero Identity is unknown.
type Identity struct {
	state identityState
	user  User
}

// SignedIn is the identity of u. Without an ID it is unknown: nobody may be
// confused with another user whose ID is missing too.
func SignedIn(u User) Identity {
	if u.ID == "" {
		return Identity{}
	}
	return Identity{state: signedIn, user: u}
}

// Anonymous is the identity of somebody who is known not to be logged in.
func Anonymous() Identity { return Identity{state: anonymous} }

// User returns the user and true if somebody is signed in.
func (i Identity) User() (User, bool) { return i.user, i.state == signedIn }

// IsAnonymous reports whether it is known that nobody is logged in.
func (i Identity) IsAnonymous() bool { return i.state == anonymous }

// IsUnknown reports whether nobody could tell who this is.
func (i Identity) IsUnknown() bool { return i.state == unknown }

// String returns the state, with the user's ID: "user 7", "anonymous", "unknown".
func (i Identity) String() string {
	switch i.state {
	case signedIn:
		return "user " + i.user.ID
	case anonymous:
		return "anonymous"
	}
	return "unknown"
}

// same reports whether i and j are the same signed-in user, or both anonymous.
// Two anonymous visitors are the same kind, not the same person: callers that
// mean a person compare session keys too.
func (i Identity) same(j Identity) bool {
	return i.state == j.state && i.state != unknown && i.user.ID == j.user.ID
}

// Session is what the hub knows of a login session.
type Session struct {
	// Key names the session: a hash, never the token that opens it.
	Key string
	// Expires is when the session ends unless it is prolonged; the hub asks
	// Check then. Zero: unknown.
	Expires time.Time
	// Check says whose session it is now, reading the store afresh, without
	// prolonging the session. An error means that the store could not tell.
	// It is called from many goroutines, at each revalidation of each stream.
	// Nil: the session is never checked again.
	Check func(ctx context.Context) (Identity, error)
}

// expired reports whether s has ended by now, as far as it says itself.
func (s Session) expired(now time.Time) bool {
	return !s.Expires.IsZero() && !now.Before(s.Expires)
}

type (
	identityKey struct{}
	sessionKey  struct{}
	secretsKey  struct{}
	hubKey      struct{}
	pathKey     struct{}
)

// WithIdentity returns a context in which who is the sender and the viewer.
func WithIdentity(ctx context.Context, who Identity) context.Context {
	return context.WithValue(ctx, identityKey{}, who)
}

// IdentityFrom returns the identity in ctx, unknown if there is none.
func IdentityFrom(ctx context.Context) Identity {
	who, _ := ctx.Value(identityKey{}).(Identity)
	return who
}

// WithSession returns a context with the login session of the request.
func WithSession(ctx context.Context, s Session) context.Context {
	return context.WithValue(ctx, sessionKey{}, s)
}

// SessionFrom returns the session in ctx, if there is one.
func SessionFrom(ctx context.Context) (Session, bool) {
	s, ok := ctx.Value(sessionKey{}).(Session)
	return s, ok
}

// WithSecrets returns a context with strings that only the sender may see,
// such as session and CSRF tokens: a fragment that holds one of them is
// refused with ErrSecretInFragment for any audience but the sender alone.
// Secrets add up; empty ones are ignored.
func WithSecrets(ctx context.Context, secrets ...string) context.Context {
	have, _ := ctx.Value(secretsKey{}).([]string)
	all := append(have[:len(have):len(have)], secrets...)
	return context.WithValue(ctx, secretsKey{}, all)
}

// WithHub returns a context from which the package's Send finds h.
func WithHub(ctx context.Context, h *Hub) context.Context {
	return context.WithValue(ctx, hubKey{}, h)
}

// HubFrom returns the hub of ctx, or ErrNoHub.
func HubFrom(ctx context.Context) (*Hub, error) {
	if h, ok := ctx.Value(hubKey{}).(*Hub); ok && h != nil {
		return h, nil
	}
	return nil, ErrNoHub
}
