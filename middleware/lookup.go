package middleware

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"reflect"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// lookup finds out whose a session is. It is safe for concurrent use.
type lookup struct {
	sm  *scs.SessionManager
	cfg Config // complete
}

// lookupKey is the context key of the lookup that Identify used.
type lookupKey struct{}

// lookupFrom returns the lookup for sm of ctx, or one with the zero Config.
func lookupFrom(ctx context.Context, sm *scs.SessionManager) *lookup {
	if l, ok := ctx.Value(lookupKey{}).(*lookup); ok && l.sm == sm {
		return l
	}
	cfg, _ := Config{}.complete() // the zero Config is in range
	return &lookup{sm: sm, cfg: cfg}
}

// introduce returns ctx with the identity, the session and the token, a secret,
// of the scs session in it.
func (l *lookup) introduce(ctx context.Context, log echo.Logger) context.Context {
	who, err := l.identity(ctx)
	if err != nil {
		log.Errorf("htmxrt: identity of a session: %v", err)
	}
	ctx = htmxrt.WithIdentity(ctx, who)
	token := l.sm.Token(ctx)
	if token == "" { // the session is new and may never be saved
		return htmxrt.WithSession(ctx, htmxrt.Session{})
	}
	ctx = htmxrt.WithSecrets(ctx, token)
	return htmxrt.WithSession(ctx, l.session(token, l.sm.Deadline(ctx)))
}

// identity returns whose the scs session in ctx is, unknown with an error.
func (l *lookup) identity(ctx context.Context) (htmxrt.Identity, error) {
	value := l.sm.Get(ctx, l.cfg.UserKey)
	if value == nil {
		return htmxrt.Anonymous(), nil
	}
	if reflect.ValueOf(value).IsZero() {
		return htmxrt.Identity{}, nil
	}
	id := fmt.Sprint(value)
	if l.cfg.Load == nil {
		return htmxrt.SignedIn(htmxrt.User{ID: id}), nil
	}
	user, err := l.load(ctx, id)
	if err != nil {
		return htmxrt.Identity{}, fmt.Errorf("load user %q: %w", id, err)
	}
	return htmxrt.SignedIn(user), nil
}

// load is Config.Load with its panics as errors.
func (l *lookup) load(ctx context.Context, id string) (user htmxrt.User, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("Config.Load panicked: %v", p)
		}
	}()
	return l.cfg.Load(ctx, id)
}

// session returns what the hub is to know of the session with token. expires is
// when it ends in any case: when an idle timeout ends it depends on requests
// to come, and Check finds that out.
func (l *lookup) session(token string, expires time.Time) htmxrt.Session {
	return htmxrt.Session{
		Key:     sessionKey(storedToken(l.sm, token)),
		Expires: expires,
		Check: func(ctx context.Context) (htmxrt.Identity, error) {
			ctx, err := reload(ctx, l.sm, token)
			if err != nil {
				return htmxrt.Identity{}, err
			}
			// Stores may find a session for a moment longer than it lives.
			if l.sm.Token(ctx) == "" || !time.Now().Before(l.sm.Deadline(ctx)) {
				return htmxrt.Identity{}, nil // nobody's, so not the same as before
			}
			return l.identity(ctx)
		},
	}
}

// isLoaded reports whether ctx holds a session of sm. scs panics when asked
// for anything in one that does not.
func isLoaded(ctx context.Context, sm *scs.SessionManager) bool {
	same, err := sm.Load(ctx, "") // with the empty token it does not ask the store
	return err == nil && same == ctx
}

// storedToken returns token as sm's store sees it.
func storedToken(sm *scs.SessionManager, token string) string {
	if !sm.HashTokenInStore {
		return token
	}
	sum := sha256.Sum256([]byte(token)) // as scs's hashToken
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// sessionKey returns the htmxrt.Session.Key of the session that a store keeps
// under stored. It gives no access: the token cannot be found from it.
func sessionKey(stored string) string {
	sum := sha256.Sum256([]byte("htmxrt session\x00" + stored))
	return hex.EncodeToString(sum[:])
}
