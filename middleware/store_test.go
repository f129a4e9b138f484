package middleware_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
	"github.com/htmxrt/htmxrt/middleware"
)

// The stores below have scs's optional interfaces in all combinations. They
// note which of their methods was called last.
type plainStore struct{ last string }

func (s *plainStore) Find(string) ([]byte, bool, error) {
	s.last = "Find"
	return nil, false, nil
}

func (s *plainStore) Commit(string, []byte, time.Time) error {
	s.last = "Commit"
	return nil
}

func (s *plainStore) Delete(string) error {
	s.last = "Delete"
	return nil
}

type withCtx struct{ *plainStore }

func (s withCtx) FindCtx(context.Context, string) ([]byte, bool, error) {
	s.last = "FindCtx"
	return nil, false, nil
}

func (s withCtx) CommitCtx(context.Context, string, []byte, time.Time) error {
	s.last = "CommitCtx"
	return nil
}

func (s withCtx) DeleteCtx(context.Context, string) error {
	s.last = "DeleteCtx"
	return nil
}

type (
	all    struct{}
	allCtx struct{}
)

func (all) All() (map[string][]byte, error)                      { return nil, nil }
func (allCtx) AllCtx(context.Context) (map[string][]byte, error) { return nil, nil }

func TestStoreKeepsItsInterfaces(t *testing.T) {
	p := &plainStore{}
	stores := []scs.Store{
		p,
		struct {
			*plainStore
			all
		}{plainStore: p},
		struct {
			*plainStore
			allCtx
		}{plainStore: p},
		struct {
			*plainStore
			all
			allCtx
		}{plainStore: p},
		withCtx{p},
		struct {
			withCtx
			all
		}{withCtx: withCtx{p}},
		struct {
			withCtx
			allCtx
		}{withCtx: withCtx{p}},
		struct {
			withCtx
			all
			allCtx
		}{withCtx: withCtx{p}},
	}
	for _, store := range stores {
		sm := newManager(store)
		register(t, sm)
		if got, want := abilities(sm.Store), abilities(store); !slices.Equal(got, want) {
			t.Errorf("of %v the store kept %v", want, got)
		}
		suffix := ""
		if _, ok := store.(scs.CtxStore); ok {
			suffix = "Ctx"
		}
		ctx, err := sm.Load(context.Background(), "token")
		if err != nil || p.last != "Find"+suffix {
			t.Errorf("Load called %s, %v", p.last, err)
		}
		if _, _, err := sm.Commit(ctx); err != nil || p.last != "Commit"+suffix {
			t.Errorf("Commit called %s, %v", p.last, err)
		}
		if err := sm.Destroy(ctx); err != nil || p.last != "Delete"+suffix {
			t.Errorf("Destroy called %s, %v", p.last, err)
		}
	}
}

func register(t *testing.T, sm *scs.SessionManager) *htmxrt.Hub {
	t.Helper()
	hub := htmxrttest.NewHub(t, htmxrt.Options{})
	if err := middleware.Register(echo.New(), hub, sm, middleware.Config{}); err != nil {
		t.Fatal(err)
	}
	return hub
}

func abilities(s scs.Store) (list []string) {
	if _, ok := s.(scs.CtxStore); ok {
		list = append(list, "CtxStore")
	}
	if _, ok := s.(scs.IterableStore); ok {
		list = append(list, "IterableStore")
	}
	if _, ok := s.(scs.IterableCtxStore); ok {
		list = append(list, "IterableCtxStore")
	}
	return list
}

func TestStoreDropsWhatWasDeleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newFaultyStore()
		sm := newManager(store)
		register(t, sm)
		commit := func() bool { // reports whether it reached the store
			t.Helper()
			if err := sm.Store.Commit("token", []byte("x"), time.Now().Add(24*time.Hour)); err != nil {
				t.Fatal(err)
			}
			return store.committed() > 0
		}
		if !commit() {
			t.Error("the first commit is dropped")
		}
		if err := sm.Store.Delete("token"); err != nil {
			t.Fatal(err)
		}
		if commit() {
			t.Error("a deleted token is back")
		}
		time.Sleep(time.Hour)
		if commit() {
			t.Error("a deleted token is back after an hour")
		}
		time.Sleep(time.Second)
		if !commit() {
			t.Error("the token is dropped for ever")
		}
		store.fail(nil, nil, errStore)
		if err := sm.Store.Delete("token"); !errors.Is(err, errStore) {
			t.Errorf("Delete = %v, want %v", err, errStore)
		}
		store.fail(nil, nil, nil)
		if !commit() {
			t.Error("a token whose deletion failed is dropped")
		}
	})
}

// A commit that is under way when its token is deleted does not win.
func TestStoreDeletesAfterACommitThatWasUnderWay(t *testing.T) {
	store := newFaultyStore()
	sm := newManager(store)
	register(t, sm)
	store.onCommit = func() {
		if err := sm.Store.Delete("token"); err != nil {
			t.Error(err)
		}
	}
	if err := sm.Store.Commit("token", []byte("x"), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if store.has("token") {
		t.Error("the deleted token is in the store")
	}
}

func TestStoreReportsARevocationThatFails(t *testing.T) {
	broker := &closedBroker{Broker: htmxrt.NewMemoryBroker(htmxrt.Window{})}
	s := newSite(t, plan{hub: htmxrt.Options{Broker: broker}})
	alice := s.login("alice")
	token := alice.token()
	broker.err = errStore
	alice.post("/logout").is(500)
	if s.store.has(token) {
		t.Error("the session is still there")
	}
}

// closedBroker refuses entries when err is set, before any goroutine publishes.
type closedBroker struct {
	htmxrt.Broker
	err error
}

func (b *closedBroker) Publish(ctx context.Context, entries ...htmxrt.Entry) (htmxrt.Position, error) {
	if b.err != nil {
		return htmxrt.Position{}, b.err
	}
	return b.Broker.Publish(ctx, entries...)
}
