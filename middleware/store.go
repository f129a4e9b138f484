package middleware

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// revoker is a session store that ends the streams of each session it deletes,
// as scs does for Destroy and RenewToken. What is committed under a token
// within an hour after its deletion is dropped: a slow request must not bring a
// session back that was destroyed meanwhile.
type revoker struct {
	store   scs.Store
	hub     *htmxrt.Hub
	deleted tombstones
}

// revoking returns store with the hub's revocation. The result has those of
// scs's optional interfaces that store has.
func revoking(store scs.Store, hub *htmxrt.Hub) scs.Store {
	r := &revoker{store: store, hub: hub}
	all, _ := store.(scs.IterableStore)
	allCtx, _ := store.(scs.IterableCtxStore)
	if withCtx, ok := store.(scs.CtxStore); ok {
		return revokingCtx(&ctxRevoker{revoker: r, store: withCtx}, all, allCtx)
	}
	switch {
	case all != nil && allCtx != nil:
		return struct {
			*revoker
			scs.IterableStore
			scs.IterableCtxStore
		}{r, all, allCtx}
	case all != nil:
		return struct {
			*revoker
			scs.IterableStore
		}{r, all}
	case allCtx != nil:
		return struct {
			*revoker
			scs.IterableCtxStore
		}{r, allCtx}
	}
	return r
}

// revokingCtx is the part of revoking for stores that take a context.
func revokingCtx(r *ctxRevoker, all scs.IterableStore, allCtx scs.IterableCtxStore) scs.Store {
	switch {
	case all != nil && allCtx != nil:
		return struct {
			*ctxRevoker
			scs.IterableStore
			scs.IterableCtxStore
		}{r, all, allCtx}
	case all != nil:
		return struct {
			*ctxRevoker
			scs.IterableStore
		}{r, all}
	case allCtx != nil:
		return struct {
			*ctxRevoker
			scs.IterableCtxStore
		}{r, allCtx}
	}
	return r
}

// revokes reports whether store ends the streams of hub.
func revokes(store scs.Store, hub *htmxrt.Hub) bool {
	r, ok := store.(interface{ endsStreamsOf(*htmxrt.Hub) bool })
	return ok && r.endsStreamsOf(hub)
}

func (r *revoker) endsStreamsOf(hub *htmxrt.Hub) bool { return r.hub == hub }

func (r *revoker) Find(token string) ([]byte, bool, error) { return r.store.Find(token) }

func (r *revoker) Delete(token string) error {
	return r.delete(context.Background(), token, func() error { return r.store.Delete(token) })
}

func (r *revoker) Commit(token string, b []byte, expiry time.Time) error {
	return r.commit(token,
		func() error { return r.store.Commit(token, b, expiry) },
		func() error { return r.store.Delete(token) })
}

// delete calls remove, which takes token out of the store, and ends its streams.
func (r *revoker) delete(ctx context.Context, token string, remove func() error) error {
	r.deleted.add(token)
	if err := remove(); err != nil {
		r.deleted.remove(token)
		return err
	}
	return revoke(ctx, r.hub, token)
}

// commit calls put, which writes under token, unless that was deleted; if it
// was deleted at the same time, it calls remove after that.
func (r *revoker) commit(token string, put, remove func() error) error {
	if r.deleted.has(token) {
		return nil
	}
	if err := put(); err != nil {
		return err
	}
	if r.deleted.has(token) {
		return remove()
	}
	return nil
}

// ctxRevoker is a revoker for stores that take a context.
type ctxRevoker struct {
	*revoker
	store scs.CtxStore
}

func (r *ctxRevoker) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	return r.store.FindCtx(ctx, token)
}

func (r *ctxRevoker) DeleteCtx(ctx context.Context, token string) error {
	return r.delete(ctx, token, func() error { return r.store.DeleteCtx(ctx, token) })
}

func (r *ctxRevoker) CommitCtx(ctx context.Context, token string, b []byte, expiry time.Time) error {
	return r.commit(token,
		func() error { return r.store.CommitCtx(ctx, token, b, expiry) },
		func() error { return r.store.DeleteCtx(ctx, token) })
}

// revoke ends the streams of the session that the store kept under stored. A
// hub that is closed has none.
func revoke(ctx context.Context, hub *htmxrt.Hub, stored string) error {
	err := hub.Revoke(ctx, htmxrt.SessionTarget(sessionKey(stored)))
	if err != nil && !errors.Is(err, htmxrt.ErrClosed) {
		return fmt.Errorf("end the session's streams: %w", err)
	}
	return nil
}
