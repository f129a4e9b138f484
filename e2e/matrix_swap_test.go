package e2e_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/htmxrt/htmxrt/components"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// swaps are what messages may contain. The markup of each is put on the page by
// a message, too.
var swaps = []struct {
	name  string
	htmx4 bool   // only there
	page  string // the markup to change
	send  func(*scene)
	want  string // holds in the end
}{
	{
		name: "out_of_band_beside_content", page: `<b id="count">0</b>`,
		send: func(s *scene) {
			s.send("room", htmxrt.HTML(line(s.note(1))+`<b id="count" hx-swap-oob="true">1</b>`))
		},
		want: `document.querySelectorAll("#count").length === 1 && count.textContent === "1"`,
	},
	{
		name: "out_of_band_alone", page: `<b id="count">0</b>`,
		send: func(s *scene) { s.send("room", htmxrt.HTML(`<b id="count" hx-swap-oob="true">1</b>`)) },
		want: `count.textContent === "1"`,
	},
	{
		name: "partials_in_a_topic", page: `<ul id="list"></ul><b id="count">0</b>`,
		send: func(s *scene) {
			s.send("room", htmxrt.HTML(`<hx-partial hx-target="#list" hx-swap="beforeend"><li>a</li></hx-partial>`+
				`<hx-partial hx-target="#count" hx-swap="innerHTML">1</hx-partial>`))
		},
		want: `list.textContent === "a" && count.textContent === "1"`,
	},
	{
		name: "verbs", page: `<ul id="list"><li id="b">b</li><li id="c">c</li><li id="d">d</li></ul><b id="count">0</b>`,
		send: func(s *scene) {
			s.send("room", htmxrt.Append("#list", item("e")), htmxrt.Prepend("#list", item("a")),
				htmxrt.Before("#d", item("x")), htmxrt.After("#d", item("y")), htmxrt.Remove("#b"),
				htmxrt.Replace("#c", item("C")), htmxrt.Update("#count", templ.Raw("1")))
		},
		want: `list.textContent === "aCxdye" && count.textContent === "1"`,
	},
	{
		name: "verb_at_what_another_brought", page: `<ul id="list"></ul>`,
		send: func(s *scene) {
			s.send("room", htmxrt.Append("#list", item("b")), htmxrt.Before("#b", item("a")))
		},
		want: `list.textContent === "ab"`,
	},
	{
		name: "table_rows",
		page: `<table><tbody id="rows"><tr id="one"><td>1</td></tr></tbody></table>`,
		send: func(s *scene) {
			s.send("room", htmxrt.Append("#rows", templ.Raw(`<tr id="two"><td>2</td></tr>`)))
			s.send("room", htmxrt.Replace("#one", templ.Raw(`<tr id="one"><td>I</td></tr>`)))
		},
		want: `[...rows.children].map(row => row.tagName + row.firstElementChild.tagName + row.textContent).join() === "TRTDI,TRTD2"`,
	},
	{
		name: "appended_again", page: `<ul id="list"><li id="a">a</li></ul>`,
		send: func(s *scene) {
			s.send("room", htmxrt.Append("#list", item("b")))
			s.send("room", htmxrt.Append("#list", templ.Raw(`<li id="a">A</li>`)))
			s.send("room", htmxrt.Append("#list", templ.Raw(`<li id="b">B</li>`)))
		},
		want: `list.textContent === "AB"`,
	},
	{
		name: "moved_by_remove_and_append", page: `<ul id="list"><li id="a">a</li><li id="b">b</li></ul>`,
		send: func(s *scene) {
			s.send("room", htmxrt.Remove("#a"), htmxrt.Append("#list", item("a")))
		},
		want: `list.textContent === "ba"`,
	},
	{
		name: "two_names_in_one_region",
		page: `<i id="both" data-sse-swap="room, extra" hx-swap="beforeend"></i>`,
		send: func(s *scene) { s.send("room", htmxrt.Event("extra"), htmxrt.HTML("x")) },
		want: `both.textContent.startsWith("x")`,
	},
	{
		name: "trigger_by_topic",
		page: `<i id="price" hx-get="/price" hx-trigger="sse:extra">10</i>`,
		send: func(s *scene) {
			s.fragment("/price", "12")
			s.send("room", htmxrt.Event("extra"), htmxrt.Text("not shown"))
		},
		want: `price.textContent === "12"`,
	},
	{
		name: "morph", htmx4: true, page: `<form id="form"><b>old</b><input name="draft"></form>`,
		send: func(s *scene) {
			s.tab.typeIn("[name=draft]", "typed")
			s.send("room", htmxrt.HTML(`<hx-partial hx-target="#form" hx-swap="outerMorph">`+
				`<form id="form"><b>new</b><input name="draft"></form></hx-partial>`))
		},
		want: `form.textContent === "new" && form.draft.value === "typed" && document.activeElement === form.draft`,
	},
	{
		name: "preserved",
		page: `<form id="form"><b>old</b><input id="draft" name="draft" hx-preserve="true"></form>`,
		send: func(s *scene) {
			s.tab.typeIn("#draft", "typed")
			s.send("room", htmxrt.Replace("#form", templ.Raw(`<form id="form"><b>new</b>`+
				`<input id="draft" name="draft" hx-preserve="true"></form>`)))
		},
		want: `form.textContent === "new" && form.draft.value === "typed"`,
	},
	{
		name: "view_transitions",
		page: `<ul id="list" data-sse-swap="slow" hx-swap="beforeend transition:true"></ul>`,
		send: func(s *scene) {
			for n := range 5 {
				s.send("room", htmxrt.Event("slow"), htmxrt.HTML(fmt.Sprintf("<li>%d</li>", n)))
			}
		},
		want: `list.textContent === "01234"`,
	},
}

// Each kind of message changes a page as it should, on both scripted.
func TestSwaps(t *testing.T) {
	t.Parallel()
	onEach(t, scripted, func(t *testing.T, c client) {
		s := newScene(t, c, setting{inside: templ.Raw(`<div id="stage"></div>`)})
		s.tab.console.allow("Transition was skipped") // htmx 2 begins the next one at once
		for _, swap := range swaps {
			if swap.htmx4 && c != onHtmx4 {
				continue
			}
			s.send("room", htmxrt.Update("#stage", templ.Raw(`<i id="`+swap.name+`"></i>`+swap.page)))
			s.tab.await("document.getElementById(" + quote(swap.name) + ")")
			swap.send(s)
			if err := s.tab.awaitFor(swap.want, patience); err != nil {
				t.Errorf("%s: %s does not come to hold: the page shows %s", swap.name, swap.want, s.tab.text("#stage"))
			}
			s.say(1)
			s.awaitAll(patience)
			if !eval[bool](s.tab, swap.want) {
				t.Errorf("%s: %s held and holds no more: the page shows %s", swap.name, swap.want, s.tab.text("#stage"))
			}
		}
		s.settle()
	})
}

// What is sent right behind a region reaches it, though htmx 2 needs a moment to
// settle what a swap brings.
func TestRegionThatASwapBrings(t *testing.T) {
	t.Parallel()
	onEach(t, scripted, func(t *testing.T, c client) {
		s := newScene(t, c, setting{inside: templ.Raw(`<div id="stage"></div>`)})
		for n := range 20 {
			name := fmt.Sprintf("extra%d", n)
			s.send("room", htmxrt.Append("#stage", components.Region(name, "")))
			s.send("room", htmxrt.Event(name), htmxrt.Text("here. "))
		}
		s.say(1)
		s.awaitAll(patience)
		if got, want := s.tab.text("#stage"), strings.Repeat("here. ", 20); got != want {
			t.Errorf("the regions show %q, want %q", got, want)
		}
	})
}

func item(id string) templ.Component {
	return templ.Raw(`<li id="` + id + `">` + id + `</li>`)
}
