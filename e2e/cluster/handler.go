package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// Named is a filter that crosses nodes: users whose names begin with a text.
var Named = htmxrt.DefineFilter("cluster.named", func(c *htmxrt.Client, prefix string) bool {
	return strings.HasPrefix(c.User().Name, prefix)
})

// Open lets everybody follow everything, for htmxrt.Options.Authorize.
func Open(context.Context, htmxrt.Identity, string) error { return nil }

// Handler serves a node:
//
//	GET  /stream?topic=a&as=ann          the stream
//	POST /send?topic=a&as=ann&to=default the body, to an audience, see audience
//	POST /logout?user=ann                Hub.Revoke
//	GET  /ready                          Hub.Health
//
// A request is of the user that the parameter "as" names, else anonymous. What
// fails is answered 500 with the error.
func Handler(hub *htmxrt.Hub) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /stream", hub)
	mux.Handle("GET /ready", hub.Health())
	action(mux, "POST /send", func(r *http.Request) error {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		to, err := audience(r.FormValue("to"))
		if err != nil {
			return err
		}
		return hub.Send(r.Context(), r.FormValue("topic"), append(to, htmxrt.Text(string(text)))...)
	})
	action(mux, "POST /logout", func(r *http.Request) error {
		return hub.Revoke(r.Context(), htmxrt.UserTarget(r.FormValue("user")))
	})
	return identify(hub.Middleware(mux))
}

// audience reads one of default, everyone, except-sender, user:ann, named:a.
func audience(text string) ([]htmxrt.SendOption, error) {
	kind, value, _ := strings.Cut(text, ":")
	switch kind {
	case "default":
		return nil, nil
	case "everyone":
		return []htmxrt.SendOption{htmxrt.Everyone()}, nil
	case "except-sender":
		return []htmxrt.SendOption{htmxrt.ExceptSender()}, nil
	case "user":
		return []htmxrt.SendOption{htmxrt.ToUser(value)}, nil
	case "named":
		return []htmxrt.SendOption{htmxrt.Everyone(), Named(value)}, nil
	case "closure":
		return []htmxrt.SendOption{htmxrt.Filter(func(*htmxrt.Client) bool { return true })}, nil
	}
	return nil, fmt.Errorf("cluster: audience %q", text)
}

func action(mux *http.ServeMux, pattern string, do func(*http.Request) error) {
	mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		if err := do(r); err != nil {
			status := http.StatusInternalServerError
			if errors.Is(err, htmxrt.ErrLocalFilter) {
				status = http.StatusBadRequest
			}
			http.Error(w, err.Error(), status)
		}
	})
}

func identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who := htmxrt.Anonymous()
		if name := r.URL.Query().Get("as"); name != "" {
			who = htmxrt.SignedIn(htmxrt.User{ID: name, Name: name})
		}
		next.ServeHTTP(w, r.WithContext(htmxrt.WithIdentity(r.Context(), who)))
	})
}
