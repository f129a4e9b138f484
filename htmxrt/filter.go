package htmxrt

import (
	"encoding/json"
	"fmt"
	"sync"
)

// Filter names the followers for which keep is true. It is asked about all that
// follow the topic now before anything is published: a panic is an error of the
// send and reaches nobody. For clients that connect later and read the message
// from the log, keep is called again, so it must stay valid for as long as the
// window, and be safe for concurrent use. It may call the hub.
//
// A closure cannot cross to other nodes: with a shared broker the send is
// ErrLocalFilter. Use DefineFilter there.
func Filter(keep func(*Client) bool) SendOption {
	return func(d *draft) {
		if keep == nil {
			d.fail(fmt.Errorf("%w: Filter(nil)", ErrFilter))
			return
		}
		d.audience.named, d.audience.local = true, true
		d.local = append(d.local, keep)
	}
}

// DefineFilter gives a filter a name, under which sends carry it to all nodes
// together with its argument as JSON. All nodes run the same binary, so define
// filters at package level; a second definition of a name panics.
//
//	var ToStaffOf = htmxrt.DefineFilter("staff-of", func(c *htmxrt.Client, team string) bool {
//		return c.User().Attrs["team"] == team
//	})
//
// keep runs where the client is connected, when a message is about to be
// written, for live and for replayed messages alike; it must be safe for
// concurrent use. If it panics, that client does not receive the message.
func DefineFilter[A any](name string, keep func(*Client, A) bool) func(A) SendOption {
	filters.define(name, func(arg []byte) (func(*Client) bool, error) {
		var a A
		if err := json.Unmarshal(arg, &a); err != nil {
			return nil, err
		}
		return func(c *Client) bool { return keep(c, a) }, nil
	})
	return func(a A) SendOption {
		return func(d *draft) {
			d.audience.named = true
			arg, err := json.Marshal(a)
			if err != nil {
				d.fail(fmt.Errorf("%w: argument of %q: %w", ErrFilter, name, err))
				return
			}
			d.audience.filters = append(d.audience.filters, filterCall{name: name, arg: arg})
		}
	}
}

// filterCall is a defined filter with its argument, as data; keep is bound to
// both where the message is read.
type filterCall struct {
	name string
	arg  []byte
	keep func(*Client) bool
}

// filters holds what DefineFilter defined: the binary's code, not a hub's state.
var filters registry

type registry struct {
	mu    sync.RWMutex // guards the field below
	binds map[string]func(arg []byte) (func(*Client) bool, error)
}

func (r *registry) define(name string, bind func([]byte) (func(*Client) bool, error)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, ok := r.binds[name]; ok || name == "" {
		panic(fmt.Sprintf("htmxrt: DefineFilter(%q): the name is empty or defined already", name))
	}
	if r.binds == nil {
		r.binds = make(map[string]func([]byte) (func(*Client) bool, error))
	}
	r.binds[name] = bind
}

// bind sets keep of each call, or returns ErrFilter for a filter that this
// binary does not define: the message then reaches nobody here.
func (r *registry) bind(calls []filterCall) (err error) {
	for i := range calls {
		call := &calls[i]
		r.mu.RLock()
		bind := r.binds[call.name]
		r.mu.RUnlock()
		if bind == nil {
			return fmt.Errorf("%w: %q is not defined in this binary", ErrFilter, call.name)
		}
		if call.keep, err = bindSafely(bind, call.arg); err != nil {
			return fmt.Errorf("%w: argument of %q: %w", ErrFilter, call.name, err)
		}
	}
	return nil
}

// bindSafely calls bind, which may run an UnmarshalJSON of the application.
func bindSafely(bind func([]byte) (func(*Client) bool, error), arg []byte) (keep func(*Client) bool, err error) {
	defer recoverInto(&err)
	return bind(arg)
}

// localFilter is the closure of a Filter beside its entry, with what it said of
// the clients that followed the topic when the message was sent.
type localFilter struct {
	keep    []func(*Client) bool
	decided map[*Client]bool
}

// newLocalFilter asks keep about each of clients. A panic is an error.
func newLocalFilter(keep []func(*Client) bool, clients []*Client) (f *localFilter, err error) {
	f = &localFilter{keep: keep, decided: make(map[*Client]bool, len(clients))}
	for _, c := range clients {
		kept, err := callFilters(keep, c)
		if err != nil {
			return nil, err
		}
		f.decided[c] = kept
	}
	return f, nil
}

// callFilters reports whether all of keep are true for c.
func callFilters(keep []func(*Client) bool, c *Client) (kept bool, err error) {
	defer recoverInto(&err)
	for _, k := range keep {
		if !k(c) {
			return false, nil
		}
	}
	return true, nil
}

// keeps reports whether m's filters keep c. It runs the application's code, in
// the goroutine of c's stream, and holds no lock.
func (m *message) keeps(c *Client) (bool, error) {
	for _, f := range m.audience.filters {
		if kept, err := callFilters([]func(*Client) bool{f.keep}, c); err != nil || !kept {
			return false, err
		}
	}
	if !m.audience.local {
		return true, nil
	}
	if m.local == nil { // published by another life of this hub
		return false, nil
	}
	if kept, ok := m.local.decided[c]; ok {
		return kept, nil
	}
	return callFilters(m.local.keep, c)
}

// recoverInto turns a panic of the application's code into an error.
func recoverInto(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%w: panic: %v", ErrFilter, p)
	}
}
