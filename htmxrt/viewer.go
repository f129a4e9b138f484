package htmxrt

import (
	"context"
	"net/http"
	"time"
)

// viewer is who asks for a stream.
type viewer struct {
	who     Identity
	session Session
	// since is where the log was before the identity was looked up.
	since *place
	// recheck says that the session must be checked once more: since may be
	// later than that, or the session has expired.
	recheck bool
}

// viewer looks up who asks. A session that a middleware found but could not
// load is asked again; a store that cannot tell is not an anonymous viewer.
func (h *Hub) viewer(r *http.Request) (viewer, *refusal) {
	v := viewer{who: IdentityFrom(r.Context()), since: h.head.Load()}
	session, ok := SessionFrom(r.Context())
	if ok {
		v.session = session
	}
	if x := exchangeFrom(r.Context()); x != nil && x.hub == h {
		v.since = x.start
	} else {
		v.recheck = session.Check != nil
	}
	v.recheck = v.recheck || session.expired(time.Now())
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
