package e2e_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/components"
	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/static"
)

// policy is the content security policy of all pages here: as strict as the
// library's documents advise. What breaks it is a complaint of the page.
const policy = "default-src 'self'; img-src data:; base-uri 'none'; form-action 'self'"

// site is an app on plain net/http over loopback. Its pages load the scripts of
// package static for a major of htmx.
type site struct {
	t      *testing.T
	htmx   static.Htmx // may be set before a page is asked for, as may plain
	plain  bool        // htmx 2 without the page script
	hub    *htmxrt.Hub
	mux    *http.ServeMux
	visits *visits
	gate   *gate // before the streams at htmxrt.DefaultStreamPath
	url    string

	server *http.Server
	served chan error // what Serve returned
}

// newSite starts a site with a hub of its own; it ends with the test.
func newSite(t *testing.T, options htmxrt.Options) *site {
	t.Helper()
	s := &site{t: t, mux: http.NewServeMux(), visits: newVisits(), gate: newGate(htmxrt.DefaultStreamPath)}
	s.mux.Handle("GET "+static.Path, static.Handler())
	s.mux.HandleFunc("GET "+htmxrt.DefaultStreamPath, func(w http.ResponseWriter, r *http.Request) {
		s.hub.ServeHTTP(w, r)
	})
	s.start("127.0.0.1:0", options)
	t.Cleanup(s.stop)
	return s
}

// start opens the site at address, with a new hub.
func (s *site) start(address string, options htmxrt.Options) {
	s.t.Helper()
	hub, err := htmxrt.New(options)
	if err != nil {
		s.t.Fatal(err)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		s.t.Fatal(err)
	}
	s.hub, s.url = hub, "http://"+listener.Addr().String()
	s.server = &http.Server{
		Handler:     s.visits.record(s.gate.guard(identify(hub.Middleware(s.mux)))),
		ConnContext: connContext,
	}
	s.served = make(chan error, 1)
	go func() { s.served <- s.server.Serve(listener) }() // ended by stop, which waits for it
}

// stop closes the site as a crash does: without a word to its streams.
func (s *site) stop() {
	if err := s.server.Close(); err != nil {
		s.t.Errorf("close the server: %v", err)
	}
	within(s.t, s.served, "the server ends")
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := s.hub.Shutdown(ctx); err != nil {
		s.t.Errorf("shut the hub down: %v", err)
	}
}

// identify signs in whom the parameter "as" names, for good, by a cookie. All
// others are anonymous.
func identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := r.URL.Query().Get("as")
		if name != "" {
			http.SetCookie(w, &http.Cookie{Name: "user", Value: name, Path: "/", HttpOnly: true})
		} else if cookie, err := r.Cookie("user"); err == nil {
			name = cookie.Value
		}
		who := htmxrt.Anonymous()
		if name != "" {
			who = htmxrt.SignedIn(htmxrt.User{ID: name, Name: name})
		}
		next.ServeHTTP(w, r.WithContext(htmxrt.WithIdentity(r.Context(), who)))
	})
}

// page serves a page with body at path.
func (s *site) page(path, body string) { s.show(path, templ.Raw(body)) }

// live serves a page at path that follows topics by components.Stream, with
// parts inside.
func (s *site) live(path string, topics []string, parts ...templ.Component) {
	s.show(path, stream(topics, parts...))
}

// show serves a page with body at path.
func (s *site) show(path string, body templ.Component) {
	s.showOn(path, templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return components.Scripts(s.htmx).Render(ctx, w)
	}), body)
}

// showOn serves a page with scripts and body at path.
func (s *site) showOn(path string, scripts, body templ.Component) {
	s.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", policy)
		head := scripts
		if s.plain {
			head = plainHtmx2()
		}
		if err := documentWith(head, body).Render(r.Context(), w); err != nil {
			s.t.Errorf("GET %s: %v", path, err)
		}
	})
}

// fragment serves a piece of HTML at path.
func (s *site) fragment(path, html string) {
	s.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, html) })
}

// stream mounts hub.Stream(topics...) at path. It serves the hub of the day.
func (s *site) stream(path string, topics ...string) {
	s.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
		s.hub.Stream(topics...).ServeHTTP(w, r)
	})
}

// action serves POST requests at path; an error of f is a 500, and fails the
// test.
func (s *site) action(path string, f func(w http.ResponseWriter, r *http.Request) error) {
	s.mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
		if err := f(w, r); err != nil {
			s.t.Errorf("POST %s: %v", path, err)
			http.Error(w, "internal server error", http.StatusInternalServerError)
		}
	})
}

// send sends to everyone.
func (s *site) send(topic string, options ...htmxrt.SendOption) {
	s.t.Helper()
	if err := s.hub.Send(s.t.Context(), topic, append(options, htmxrt.Everyone())...); err != nil {
		s.t.Fatal(err)
	}
}

// beat is a heartbeat short enough to wait for.
const beat = 100 * time.Millisecond
