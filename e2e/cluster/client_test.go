package cluster_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// topic is what all clients follow.
const topic = "room"

// client follows the topic as a browser does: it comes back with the cursor that
// it has, to any node, after the time that it was told, and notes what it gets.
type client struct {
	name string
	as   string          // the user, "" for nobody
	urls []string        // of the nodes
	home int             // the node where it begins
	roam int             // messages after which it goes to another node; 0: never
	once bool            // it does not come back
	late string          // a reason of resets that are pardoned
	news *news           // raised when the fields below change
	ask  func() []marked // what each sender has begun

	http   *http.Client
	cancel context.CancelFunc
	over   chan struct{} // closed when it has stopped

	mu      sync.Mutex // guards the fields below
	cursor  string
	records []record
	seen    map[string]int // by sender, the newest number
	open    bool
	opened  int
	resets  int
	byes    []string // reasons
	tab     string   // the page's id
	closed  string   // the reason of htmxrt-close, after which it stays away
}

// marked is a sender with a number.
type marked struct {
	from string
	n    int
}

func newClient(name, as string, urls []string, home int) *client {
	return &client{
		name: name, as: as, urls: urls, home: home, news: newNews(),
		ask:  func() []marked { return nil },
		http: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
		seen: make(map[string]int),
	}
}

// retryMost is how long a client waits at most before it comes back, whatever it
// was told: a minute of a test is not a minute of a user.
const retryMost = 200 * time.Millisecond

// start makes the client come, for as long as ctx lasts and until stop.
func (c *client) start(ctx context.Context) {
	ctx, c.cancel = context.WithCancel(ctx)
	c.over = make(chan struct{})
	go func() { // ended by stop, which waits for over
		defer close(c.over)
		for at := c.home; ctx.Err() == nil; at = rand.N(len(c.urls)) {
			retry := c.visit(ctx, c.urls[at])
			c.set(func() { c.open = false })
			if c.gone() {
				return
			}
			select {
			case <-time.After(min(retry, retryMost)):
			case <-ctx.Done():
			}
		}
	}()
}

// stop makes the client go without a word.
func (c *client) stop() {
	c.cancel()
	<-c.over
}

// away reports whether the client has gone.
func (c *client) away() bool {
	select {
	case <-c.over:
		return true
	default:
		return false
	}
}

// visit opens one stream, reads it to its end, and returns how long to wait.
func (c *client) visit(ctx context.Context, url string) (retry time.Duration) {
	retry = rand.N(retryMost)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/stream?topic="+topic, nil)
	if err != nil {
		return retry
	}
	if c.as != "" {
		req.URL.RawQuery += "&as=" + c.as
	}
	if cursor := c.where(); cursor != "" {
		req.Header.Set("Last-Event-ID", cursor)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return retry
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return retry
	}
	left := c.roam
	for in := bufio.NewReader(res.Body); ; {
		e, err := readEvent(in)
		if err != nil {
			return retry
		}
		if e.retry > 0 {
			retry = e.retry
		}
		if c.take(e) {
			if left--; left == 0 {
				return rand.N(retryMost / 10)
			}
		}
	}
}

// take notes an event, and reports whether it is a message.
func (c *client) take(e event) (message bool) {
	c.set(func() {
		if e.id != "" {
			c.cursor = e.id
		}
		switch e.name {
		case "htmxrt-open":
			c.open = true
			c.opened++
			_, c.tab, _ = strings.Cut(e.data, `"tab":"`)
			c.tab, _, _ = strings.Cut(c.tab, `"`)
		case "htmxrt-reset":
			r := record{id: e.id, reset: e.data, before: make(map[string]int)}
			for _, m := range c.ask() {
				r.before[m.from] = m.n
			}
			c.records = append(c.records, r)
			c.resets++
			clear(c.seen)
		case "htmxrt-bye":
			c.byes = append(c.byes, e.data)
		case "htmxrt-close":
			c.closed = e.data
		case topic:
			message = true
			words := strings.Fields(e.data)
			n, _ := strconv.Atoi(words[1])
			c.records = append(c.records, record{id: e.id, from: words[0], n: n})
			c.seen[words[0]] = max(c.seen[words[0]], n)
		}
	})
	return message
}

func (c *client) set(change func()) {
	c.mu.Lock()
	change()
	c.mu.Unlock()
	c.news.raise()
}

func (c *client) where() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cursor
}

func (c *client) tabID() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tab
}

// gone reports whether the client has been there, and will not come back.
func (c *client) gone() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed != "" || c.once && c.opened > 0
}

func (c *client) reason() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed
}

// is returns a complaint unless a condition holds, of the fields under mu.
func (c *client) is(what string, condition func() bool) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if condition() {
		return ""
	}
	return fmt.Sprintf("%s: not %s: open %v, %d opened, %d resets, byes %v, %d records, seen %v",
		c.name, what, c.open, c.opened, c.resets, c.byes, len(c.records), c.seen)
}

// heard returns a complaint unless newer messages than those marked have come.
func (c *client) heard(marks []marked) string {
	return c.is(fmt.Sprintf("beyond %v", marks), func() bool {
		return !slices.ContainsFunc(marks, func(m marked) bool { return c.seen[m.from] <= m.n })
	})
}

func (c *client) transcript() transcript {
	c.mu.Lock()
	defer c.mu.Unlock()
	return transcript{client: c.name, records: slices.Clone(c.records), pardon: c.late}
}

// event is one event of a stream.
type event struct {
	id, name, data string
	retry          time.Duration
}

// readEvent reads fields up to an empty line. The hub writes LF only, and one
// space behind the colon.
func readEvent(in *bufio.Reader) (e event, err error) {
	e.name = "message"
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return e, err
		}
		name, value, ok := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch {
		case line == "\n":
			return e, nil
		case !ok:
			return e, fmt.Errorf("the line %q is not a field", line)
		case name == "id":
			e.id = value
		case name == "event":
			e.name = value
		case name == "data":
			e.data = value
		case name == "retry":
			ms, err := strconv.Atoi(value)
			if err != nil {
				return e, err
			}
			e.retry = time.Duration(ms) * time.Millisecond
		}
	}
}
