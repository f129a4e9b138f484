package htmxrt

import (
	"fmt"
	"slices"
)

// audience says who may receive a message, as data. A client must follow the
// topic and pass every part that is set. The zero audience names nobody.
type audience struct {
	named                 bool         // the send named somebody; unset, the default applies
	everyone              bool         // nothing but the topic and the exceptions decide
	anonymous             bool         // anonymous clients only, of AnonymousOnly
	users, sessions, tabs []string     // nil: not asked; else one of them
	filters               []filterCall // all of them
	local                 bool         // a Filter closure, kept beside the entry
	exceptUsers           []string
	exceptTab             string // "" for none
	exceptOwner           owner  // whose tab it must be
}

// owner is the identity that a tab of ExceptSender must belong to, so that
// nobody can silence another user's tab by naming it.
type owner struct {
	user    string // "" when anonymous
	session string
}

func ownerOf(who Identity, session Session) owner {
	if user, ok := who.User(); ok {
		return owner{user: user.ID}
	}
	return owner{session: session.Key}
}

// plain reports whether a is open to viewers of unknown identity: it asks
// nothing that depends on who they are.
func (a *audience) plain() bool {
	return a.everyone && a.users == nil && a.sessions == nil && a.tabs == nil &&
		len(a.filters) == 0 && !a.local && len(a.exceptUsers) == 0 && !a.anonymous
}

// admits reports whether c passes all of a but its filters, which are the
// application's code and run in keeps.
func (a *audience) admits(c *Client) bool {
	if c.who.IsUnknown() && !a.plain() {
		return false
	}
	switch {
	case !a.named && !a.everyone && !a.anonymous:
		return false
	case a.anonymous && !c.who.IsAnonymous():
		return false
	case a.users != nil && !slices.Contains(a.users, c.who.user.ID):
		return false
	case a.sessions != nil && !slices.Contains(a.sessions, c.session.Key):
		return false
	case a.tabs != nil && !slices.Contains(a.tabs, c.tab):
		return false
	case c.who.state == signedIn && slices.Contains(a.exceptUsers, c.who.user.ID):
		return false
	case a.exceptTab != "" && a.exceptTab == c.tab && a.exceptOwner == ownerOf(c.who, c.session):
		return false
	}
	return true
}

// narrow adds one named part: ids that the audience must be among. Parts of one
// kind add up by intersection, like parts of different kinds.
func (a *audience) narrow(part *[]string, kind string, ids []string) error {
	a.named = true
	if len(ids) == 0 || slices.Contains(ids, "") {
		return fmt.Errorf("%w: %s without an id, or with an empty one", ErrNoAudience, kind)
	}
	if *part == nil {
		*part = slices.Clone(ids)
		return nil
	}
	*part = slices.DeleteFunc(*part, func(id string) bool { return !slices.Contains(ids, id) })
	if len(*part) == 0 {
		return fmt.Errorf("%w: no %s is in all the lists", ErrNoAudience, kind)
	}
	return nil
}

func (a *audience) append(b []byte) []byte {
	b = append(b, flag(a.named)|flag(a.everyone)<<1|flag(a.anonymous)<<2|flag(a.local)<<3)
	b = appendStrings(b, a.users)
	b = appendStrings(b, a.sessions)
	b = appendStrings(b, a.tabs)
	b = appendStrings(b, a.exceptUsers)
	b = appendString(b, a.exceptTab)
	b = appendString(b, a.exceptOwner.user)
	b = appendString(b, a.exceptOwner.session)
	calls := make([]string, 0, 2*len(a.filters))
	for _, f := range a.filters {
		calls = append(calls, f.name, string(f.arg))
	}
	return appendStrings(b, calls)
}

func readAudience(r *reader) audience {
	flags := r.byte()
	a := audience{
		named:       flags&1 != 0,
		everyone:    flags&2 != 0,
		anonymous:   flags&4 != 0,
		local:       flags&8 != 0,
		users:       r.strings(),
		sessions:    r.strings(),
		tabs:        r.strings(),
		exceptUsers: r.strings(),
		exceptTab:   r.string(),
		exceptOwner: owner{user: r.string(), session: r.string()},
	}
	calls := r.strings()
	if len(calls)%2 != 0 {
		r.failed = true
		return audience{}
	}
	for i := 0; i < len(calls); i += 2 {
		a.filters = append(a.filters, filterCall{name: calls[i], arg: []byte(calls[i+1])})
	}
	return a
}

// Everyone names all followers of the topic. It is the only audience that
// reaches viewers of unknown identity.
func Everyone() SendOption {
	return func(d *draft) { d.audience.named, d.audience.everyone = true, true }
}

// ToUser names the clients of signed-in users. Without an id, or with an empty
// one, the send is ErrNoAudience.
func ToUser(ids ...string) SendOption {
	return func(d *draft) { d.fail(d.audience.narrow(&d.audience.users, "user", ids)) }
}

// ToSession names the clients of login sessions by their keys, see Session.Key.
func ToSession(keys ...string) SendOption {
	return func(d *draft) { d.fail(d.audience.narrow(&d.audience.sessions, "session", keys)) }
}

// ToTab names tabs by the ids that their pages were given.
func ToTab(ids ...string) SendOption {
	return func(d *draft) { d.fail(d.audience.narrow(&d.audience.tabs, "tab", ids)) }
}

// ExceptUser leaves out the named users, typically the one whose request caused
// the message and whose page has the answer already. It narrows the audience
// that is named, or the default.
func ExceptUser(ids ...string) SendOption {
	return func(d *draft) { d.audience.exceptUsers = append(d.audience.exceptUsers, ids...) }
}

// ExceptSender leaves out the tab whose request this is, if it belongs to the
// sender: that tab has the answer to its request already. It narrows the
// audience that is named, or the default. Without a tab id in the request the
// send is ErrNoAudience.
func ExceptSender() SendOption {
	return func(d *draft) { d.exceptSender = true }
}
