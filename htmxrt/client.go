package htmxrt

import (
	"slices"
	"sync"
	"sync/atomic"
)

// pendingMax is how many messages may wait for a client's goroutine. More are
// not lost: the client then reads on from its position in the window.
const pendingMax = 16

// Client is one open stream. Filters look at it; its methods are safe for
// concurrent use, cheap, and answer for ended streams too.
type Client struct {
	id      string
	who     Identity
	session Session
	tab     string
	topics  atomic.Pointer[[]string] // sorted; replaced, never changed
	slots   []int                    // by topic, the place in its members; guarded by the index

	shown []string // topics in which presence shows it; set before others see c there

	// wake has room for one: there is something to take.
	wake chan struct{}

	mu      sync.Mutex // guards the fields below
	pending []*message // in the log's order, at most pendingMax
	lagging bool       // pending had no room: read on from the window
	lost    bool       // the log was lost: reset
	ending  *control   // the stream's last event
}

// ID is random and names the stream; it gives no right.
func (c *Client) ID() string { return c.id }

// Identity says whose stream it is.
func (c *Client) Identity() Identity { return c.who }

func (c *Client) signedIn() bool { return c.who.state == signedIn }

// User returns the signed-in user, the zero User if there is none.
func (c *Client) User() User { return c.who.user }

// Topics returns a copy of the topics followed now, sorted.
func (c *Client) Topics() []string { return slices.Clone(*c.topics.Load()) }

// Follows reports whether the client follows topic now.
func (c *Client) Follows(topic string) bool {
	_, ok := slices.BinarySearch(*c.topics.Load(), topic)
	return ok
}

// offer notes m as pending; without room the client reads on from the window,
// where m is already. An ephemeral m is not, and is dropped then. offer never
// blocks.
func (c *Client) offer(m *message) {
	c.mu.Lock()
	switch {
	case c.lagging:
	case len(c.pending) < pendingMax:
		c.pending = append(c.pending, m)
	case !m.ephemeral:
		c.lagging = true
	}
	c.mu.Unlock()
	c.rouse()
}

// end makes e the stream's last event. Nothing else is written after it is set,
// but for what is pending when e is patient. The first one counts; one that is
// not patient goes before one that is.
func (c *Client) end(e *control) {
	c.mu.Lock()
	if c.ending == nil || c.ending.patient && !e.patient {
		c.ending = e
	}
	c.mu.Unlock()
	c.rouse()
}

// lose makes the client start anew from the head of another log.
func (c *Client) lose() {
	c.mu.Lock()
	c.lost, c.lagging, c.pending = true, false, c.pending[:0]
	c.mu.Unlock()
	c.rouse()
}

func (c *Client) rouse() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// taken is what a client's goroutine has to do next.
type taken struct {
	batch  []*message
	more   bool     // call take again before waiting
	reset  error    // why the client has to start anew from the head
	ending *control // end the stream, behind the batch
}

// take moves what is pending after a position to batch, or reads on from w
// where that is not all. It is called by the client's goroutine alone.
//
// No message can fall between the window and the list: lagging is cleared
// before the window is read, and a message is in the window before it is
// offered. One that is in both is recognised by its position. And no message
// that follows a revocation is returned: ending is looked at after the window.
func (c *Client) take(batch []*message, after Position, w *window) taken {
	c.mu.Lock()
	lagging, lost, ending := c.lagging, c.lost, c.ending
	for _, m := range c.pending {
		if !lagging && m.pos.Compare(after) > 0 {
			batch = append(batch, m)
		}
	}
	clear(c.pending)
	c.pending, c.lagging, c.lost = c.pending[:0], false, false
	c.mu.Unlock()

	switch {
	case ending != nil && !ending.patient:
		return taken{ending: ending}
	case lost:
		return taken{reset: ErrLogLost, more: ending != nil}
	case !lagging:
		return taken{batch: batch, ending: ending}
	}
	batch, more, err := w.read(batch, after, *c.topics.Load())
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ending != nil && !c.ending.patient {
		return taken{ending: c.ending}
	}
	c.lagging = c.lagging || more
	more = more || c.ending != nil // which is for the time when all is written
	return taken{batch: batch, more: more, reset: err}
}

// catchUp makes the next take read from the window.
func (c *Client) catchUp() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lagging = true
}

// final reports whether the stream was ended for good.
func (c *Client) final() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ending.final()
}

// idle reports whether nothing is pending.
func (c *Client) idle() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.pending) == 0 && !c.lagging && !c.lost && c.ending == nil
}
