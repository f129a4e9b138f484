package cluster_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// An audience is data: it holds on every node as on that of the sender.
func TestAudienceAcrossNodes(t *testing.T) {
	t.Parallel()
	// Who follows, each at another node than those beside it. The last one is the
	// tab that sends.
	followers := []string{"ann", "bob", "", "ann", "", "ann"}
	tests := []struct {
		name, as, to string
		want         []int // of followers
	}{
		{name: "default of a user", as: "ann", to: "default", want: []int{0, 3, 5}},
		{name: "default of a visitor", to: "default", want: []int{0, 1, 2, 3, 4, 5}},
		{name: "everyone", as: "ann", to: "everyone", want: []int{0, 1, 2, 3, 4, 5}},
		{name: "ToUser", as: "ann", to: "user:bob", want: []int{1}},
		{name: "ExceptSender", as: "ann", to: "except-sender", want: []int{0, 3}},
		{name: "DefineFilter", as: "bob", to: "named:a", want: []int{0, 3, 5}},
	}
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, k, patience, newNode)
			for i, name := range followers {
				s.client(name, name, i, 0)
			}
			s.all("there", s.clients, func(c *client) string { return c.is("open", func() bool { return c.open }) })
			tab := s.clients[5].tabID()
			send := func(as, to, text string) error {
				// At the first node; the tab of clients[5] is open at the third.
				return post(s.ctx, s.nodes[0].url+"/send?topic="+topic+"&as="+as+"&to="+to, text, http.Header{"Htmxrt-Tab": {tab}})
			}
			for n, tt := range tests {
				t.Run(tt.name, func(t *testing.T) {
					if err := send(tt.as, tt.to, numbered("case", n+1)); err != nil {
						t.Fatal(err)
					}
					if err := send("", "everyone", numbered("fence", n+1)); err != nil {
						t.Fatal(err)
					}
					s.flowFrom([]marked{{from: "fence", n: n}}, s.clients...)
					var got []int
					for i, c := range s.clients {
						if c.is("reached", func() bool { return c.seen["case"] == n+1 }) == "" {
							got = append(got, i)
						}
					}
					if !slices.Equal(got, tt.want) {
						t.Errorf("reached %v, want %v of %q", got, tt.want, followers)
					}
				})
			}
			if err := send("ann", "closure", "nobody 1"); err == nil || !strings.Contains(err.Error(), "does not cross nodes") {
				t.Errorf("a Filter closure: %v, want ErrLocalFilter", err)
			}
		})
	}
}
