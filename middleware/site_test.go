package middleware_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
	"github.com/htmxrt/htmxrt/middleware"
)

// site is an app with sessions, as users build it: Register, a login, a stream
// at /room that follows "room", pages.
type site struct {
	t      *testing.T
	echo   *echo.Echo
	hub    *htmxrt.Hub
	sm     *scs.SessionManager
	store  *faultyStore
	server *htmxrttest.Server
}

// plan is what a test wants otherwise than usual. The zero plan is the usual.
type plan struct {
	hub      htmxrt.Options
	sessions func(*scs.SessionManager)
	config   middleware.Config
	before   func(*site) // called before Register
	instead  func(*site) // called in the place of Register
	handler  func(*site) http.Handler
}

func newSite(t *testing.T, p plan) *site {
	t.Helper()
	s := &site{t: t, echo: echo.New(), hub: htmxrttest.NewHub(t, p.hub), store: newFaultyStore()}
	s.echo.Logger.SetOutput(t.Output())
	s.sm = newManager(s.store)
	if p.sessions != nil {
		p.sessions(s.sm)
	}
	if p.before != nil {
		p.before(s)
	}
	if p.instead != nil {
		p.instead(s)
	} else if err := middleware.Register(s.echo, s.hub, s.sm, p.config); err != nil {
		t.Fatalf("Register: %v", err)
	}
	s.routes()
	var h http.Handler = s.echo
	if p.handler != nil {
		h = p.handler(s)
	}
	s.server = htmxrttest.NewServer(t, h)
	return s
}

// newManager returns a manager like that of scs.New, without its store, whose
// goroutine never ends.
func newManager(store scs.Store) *scs.SessionManager {
	return &scs.SessionManager{
		Lifetime: 24 * time.Hour,
		Store:    store,
		Codec:    scs.GobCodec{},
		Cookie:   scs.SessionCookie{Name: "session", Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Persist: true},
	}
}

func (s *site) routes() {
	s.echo.GET("/room", echo.WrapHandler(s.hub.Stream("room")))
	s.echo.GET("/page", func(c echo.Context) error {
		connection, err := htmxrt.Connect(c.Request().Context(), "room")
		if err != nil {
			return err
		}
		return c.String(http.StatusOK, connection.URL)
	})
	s.echo.GET("/who", func(c echo.Context) error {
		return c.String(http.StatusOK, htmxrt.IdentityFrom(c.Request().Context()).String())
	})
	s.echo.POST("/login/:name", func(c echo.Context) error {
		return middleware.Login(c, s.sm, c.Param("name"))
	})
	s.echo.POST("/logout", func(c echo.Context) error {
		return middleware.Logout(c, s.sm)
	})
	s.echo.POST("/put", func(c echo.Context) error {
		s.sm.Put(c.Request().Context(), "color", "red")
		return c.String(http.StatusOK, "put")
	})
	s.echo.POST("/send/:text", func(c echo.Context) error {
		return htmxrt.Send(c.Request().Context(), "room", htmxrt.Text(c.Param("text")))
	})
}

// fence sends to everybody what the streams read up to.
func (s *site) fence() {
	s.t.Helper()
	if err := s.hub.Send(context.Background(), "room", htmxrt.Text("fence"), htmxrt.Everyone()); err != nil {
		s.t.Fatalf("send the fence: %v", err)
	}
}

// browser keeps cookies, like one that a person uses.
type browser struct {
	site    *site
	cookies map[string]string
}

func (s *site) browser() *browser { return &browser{site: s, cookies: make(map[string]string)} }

// login returns a browser in which name has logged in.
func (s *site) login(name string) *browser {
	s.t.Helper()
	b := s.browser()
	b.post("/login/" + name).is(http.StatusOK)
	return b
}

// token is the session's.
func (b *browser) token() string { return b.cookies["session"] }

// clone is another browser with the same cookies, as they are now.
func (b *browser) clone() *browser {
	c := b.site.browser()
	for name, value := range b.cookies {
		c.cookies[name] = value
	}
	return c
}

func (b *browser) options(opts []htmxrttest.OpenOption) []htmxrttest.OpenOption {
	for name, value := range b.cookies {
		opts = append(opts, htmxrttest.Cookie(&http.Cookie{Name: name, Value: value}))
	}
	return opts
}

// reply is an answer that was read to its end.
type reply struct {
	t *testing.T
	*http.Response
	body string
}

func (b *browser) get(path string, opts ...htmxrttest.OpenOption) reply {
	b.site.t.Helper()
	return b.read(b.site.server.Get(path, b.options(opts)...))
}

func (b *browser) post(path string, opts ...htmxrttest.OpenOption) reply {
	b.site.t.Helper()
	return b.read(b.site.server.Post(path, b.options(opts)...))
}

func (b *browser) read(res *http.Response) reply {
	b.site.t.Helper()
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.site.t.Fatalf("%s: read the body: %v", res.Request.URL.Path, err)
	}
	for _, cookie := range res.Cookies() {
		if cookie.MaxAge < 0 {
			delete(b.cookies, cookie.Name)
			continue
		}
		b.cookies[cookie.Name] = cookie.Value
	}
	return reply{t: b.site.t, Response: res, body: string(body)}
}

// is fails the test unless the answer has a status.
func (r reply) is(status int) reply {
	r.t.Helper()
	if r.StatusCode != status {
		r.t.Fatalf("%s %s = %d %q, want %d", r.Request.Method, r.Request.URL.Path, r.StatusCode, r.body, status)
	}
	return r
}

// says fails the test unless the answer is 200 with a body.
func (r reply) says(body string) {
	r.t.Helper()
	if r.is(http.StatusOK); r.body != body {
		r.t.Errorf("%s %s = %q, want %q", r.Request.Method, r.Request.URL.Path, r.body, body)
	}
}

// setsCookies fails the test unless the answer sets n cookies.
func (r reply) setsCookies(n int) reply {
	r.t.Helper()
	if list := r.Header.Values("Set-Cookie"); len(list) != n {
		r.t.Errorf("%s %s sets %q, want %d cookies", r.Request.Method, r.Request.URL.Path, list, n)
	}
	return r
}

// open opens a stream as EventSource does.
func (b *browser) open(path string, opts ...htmxrttest.OpenOption) *htmxrttest.Stream {
	b.site.t.Helper()
	opts = append(opts, htmxrttest.Header("Accept", "text/event-stream"))
	st := b.site.server.Open(path, b.options(opts)...)
	if list := st.Header.Values("Set-Cookie"); len(list) > 0 {
		b.site.t.Errorf("the stream %s sets the cookies %q", path, list)
	}
	return st
}

// openPage opens the stream of a page that is loaded now.
func (b *browser) openPage() *htmxrttest.Stream {
	b.site.t.Helper()
	page := b.get("/page").is(http.StatusOK)
	if page.body == "" {
		b.site.t.Fatal("the page follows nothing")
	}
	return b.open(page.body)
}

// ends fails the test unless the stream's last event comes next and is name,
// for a reason.
func ends(t *testing.T, st *htmxrttest.Stream, name, reason string) {
	t.Helper()
	event := st.Next()
	if event.Name != name || !strings.Contains(event.Data, `"`+reason+`"`) {
		t.Errorf("the stream ends with %q %s, want %s because of %q", event.Name, event.Data, name, reason)
	}
	if more, ok := st.TryNext(); ok {
		t.Errorf("%q %q after the end", more.Name, more.Data)
	}
}
