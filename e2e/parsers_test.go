package e2e_test

import (
	"errors"
	"html"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// randomTexts is how many random contents are sent; the seed is fixed, so that
// a failure comes back.
const randomTexts = 2_500

// Everything that a caller can put into a stream arrives as it was sent, and
// nothing else does, as three independent parsers read it.
func TestParsersReadExactlyWhatWasSent(t *testing.T) {
	hub, err := htmxrt.New(htmxrt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := openWire(t, hub, oddNames)

	refuseBadNames(t, hub)
	p := &post{t: t, hub: hub}
	for _, name := range oddNames {
		p.send(name, event{Event: name, Data: "topic"}, htmxrt.HTML("topic"))
		p.send("room:42", event{Event: name, Data: "event"}, htmxrt.HTML("event"), htmxrt.Event(name))
		p.send("room:42", event{Event: "htmxrt-trigger", Data: `{"detail":null,"event":` + quote(name) + `}`},
			htmxrt.Trigger(name, nil))
	}
	for i, text := range append(oddTexts, randomly(randomTexts)...) {
		topic := oddNames[i%len(oddNames)]
		p.send(topic, event{Event: topic, Data: text}, htmxrt.HTML(text))
	}
	for _, text := range oddTexts {
		partial := `<hx-partial hx-target="#` + html.EscapeString(text) + `" hx-swap="beforeend">` +
			text + `</hx-partial>`
		p.send("room:42", event{Data: partial}, htmxrt.Append("#"+text, templ.Raw(text)))
		p.send("room:42", event{Event: "room:42", Data: quote(text)}, htmxrt.JSON(text))
	}
	p.send("room:42", event{Event: "room:42", Data: fence}, htmxrt.HTML(fence))

	compareReaders(t, w.close(t, hub), p.sent)
}

// post sends to everyone and keeps what is to arrive, without ids.
type post struct {
	t    *testing.T
	hub  *htmxrt.Hub
	sent []event
}

// send sends to topic what is to arrive as e, whose data may still have to be
// made text.
func (p *post) send(topic string, e event, options ...htmxrt.SendOption) {
	p.t.Helper()
	if err := p.hub.Send(p.t.Context(), topic, append(options, htmxrt.Everyone())...); err != nil {
		p.t.Fatalf("Send(%q) of %q: %v", topic, e.Data, err)
	}
	e.Data = arrives(e.Data)
	p.sent = append(p.sent, e)
}

// refuseBadNames sends to and under each of badNames. What it leaves on the
// wire is found by whoever compares the stream.
func refuseBadNames(t *testing.T, hub *htmxrt.Hub) {
	t.Helper()
	for _, name := range badNames {
		err := hub.Send(t.Context(), name, htmxrt.HTML("x"), htmxrt.Everyone())
		if !errors.Is(err, htmxrt.ErrBadTopic) {
			t.Errorf("Send to the topic %q = %v, want ErrBadTopic", name, err)
		}
		err = hub.Send(t.Context(), "room:42", htmxrt.HTML("x"), htmxrt.Event(name), htmxrt.Everyone())
		if !errors.Is(err, htmxrt.ErrBadTopic) {
			t.Errorf("Send of the event %q = %v, want ErrBadTopic", name, err)
		}
	}
}

// arrives returns what is left of data on the wire: line ends become LF, and
// what is no text becomes U+FFFD.
func arrives(data string) string {
	data = strings.ToValidUTF8(data, "\ufffd")
	return strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "\ufffd").Replace(data)
}

func randomly(n int) []string {
	r := rand.New(rand.NewPCG(2, 0))
	texts := make([]string, n)
	for i := range texts {
		texts[i] = randomText(r)
	}
	return texts
}

// compareReaders lets each of readers read the stream and compares what it
// makes of it with want, which has no ids, and with what the first one read.
func compareReaders(t *testing.T, stream []byte, want []event) {
	t.Helper()
	var first []event
	for _, r := range readers {
		got, err := r.read(t, stream)
		if err != nil {
			t.Errorf("%s: %v", r.name, err)
		}
		if len(got) < 2 || got[0].Event != "htmxrt-open" || got[len(got)-1].Event != "htmxrt-bye" {
			t.Fatalf("%s: %d events, want htmxrt-open first and htmxrt-bye last", r.name, len(got))
		}
		if first == nil {
			first = got
			checkIDs(t, got)
		} else if diff := cmp.Diff(first, got); diff != "" {
			t.Errorf("%s and %s differ (-first +second):\n%.4000s", readers[0].name, r.name, diff)
		}
		sent := make([]event, 0, len(got))
		for _, e := range got[1 : len(got)-1] {
			sent = append(sent, event{Event: e.Event, Data: e.Data})
		}
		if diff := cmp.Diff(want, sent); diff != "" {
			t.Errorf("%s (-sent +read):\n%.4000s", r.name, diff)
		}
	}
}

// checkIDs wants an id on each event, growing with each but on htmxrt-bye,
// which leaves the browser the cursor that it has.
func checkIDs(t *testing.T, events []event) {
	t.Helper()
	last := ""
	for i, e := range events[:len(events)-1] {
		if e.ID <= last {
			t.Fatalf("event %d has the id %q after %q", i, e.ID, last)
		}
		last = e.ID
	}
	if bye := events[len(events)-1]; bye.ID != last {
		t.Errorf("htmxrt-bye changed the last id from %q to %q", last, bye.ID)
	}
}
