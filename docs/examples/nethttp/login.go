package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"sync"

	"github.com/htmxrt/htmxrt/htmxrt"
)

const cookieName = "login"

// logins are the sessions of this process: who holds which token.
type logins struct {
	mu   sync.Mutex // guards the field below
	byID map[string]htmxrt.User
}

func newLogins() *logins { return &logins{byID: make(map[string]htmxrt.User)} }

// who returns the identity behind a token. One that nobody knows is Unknown,
// not Anonymous: it may be that of a user who has just logged out.
func (l *logins) who(token string) htmxrt.Identity {
	l.mu.Lock()
	defer l.mu.Unlock()
	return htmxrt.SignedIn(l.byID[token])
}

// identify tells the hub who sends a request, and how to ask again later.
func (l *logins) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		if cookie, err := r.Cookie(cookieName); err != nil {
			ctx = htmxrt.WithIdentity(ctx, htmxrt.Anonymous())
		} else {
			ctx = htmxrt.WithIdentity(ctx, l.who(cookie.Value))
			ctx = htmxrt.WithSession(ctx, htmxrt.Session{
				Key: keyOf(cookie.Value),
				Check: func(context.Context) (htmxrt.Identity, error) {
					return l.who(cookie.Value), nil
				},
			})
			ctx = htmxrt.WithSecrets(ctx, cookie.Value)
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// keyOf names the session of a token without giving the token away.
func keyOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// login believes everybody. A real one asks for a password.
func (l *logins) login(w http.ResponseWriter, r *http.Request) {
	name := r.FormValue("name")
	if name == "" {
		http.Error(w, "who are you?", http.StatusUnprocessableEntity)
		return
	}
	token := rand.Text()
	l.mu.Lock()
	l.byID[token] = htmxrt.User{ID: name, Name: name}
	l.mu.Unlock()
	setCookie(w, token, 0)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// logout forgets the session first and ends its streams then: the other order
// would let a stream come back in between.
func (l *logins) logout(w http.ResponseWriter, r *http.Request, hub *htmxrt.Hub) {
	if cookie, err := r.Cookie(cookieName); err == nil {
		l.mu.Lock()
		delete(l.byID, cookie.Value)
		l.mu.Unlock()
		if err := hub.Revoke(r.Context(), htmxrt.SessionTarget(keyOf(cookie.Value))); err != nil {
			fail(w, err)
			return
		}
	}
	setCookie(w, "", -1)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func setCookie(w http.ResponseWriter, token string, maxAge int) {
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: token, MaxAge: maxAge, Path: "/",
		HttpOnly: true, SameSite: http.SameSiteLaxMode, // and Secure, behind TLS
	})
}
