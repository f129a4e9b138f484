package e2e_test

import (
	"html"
	"net/http"
	"testing"

	"github.com/a-h/templ"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// The seed's two examples besides the chat.
func TestSeedExamples(t *testing.T) {
	t.Parallel()
	t.Run("product_live_update_example", productUpdate)
	t.Run("notification_example_two_users", notifications)
}

// productUpdate changes a product in one page; everybody who looks at that
// product sees it, and nobody else anything.
func productUpdate(t *testing.T) {
	s := newSite(t, htmxrt.Options{})
	for _, id := range []string{"7", "8"} {
		price := parts(templ.Raw("<h1>Product "+id+"</h1>"), priceTag("10"))
		s.live("/products/"+id, []string{"product-" + id}, price,
			templ.Raw(`<form hx-post="/products/`+id+`/price" hx-swap="none"><input name="price"></form>`))
	}
	s.action("/products/{id}/price", func(w http.ResponseWriter, r *http.Request) error {
		w.WriteHeader(http.StatusNoContent)
		return htmxrt.Send(r.Context(), "product-"+r.PathValue("id"),
			htmxrt.Replace("#price", priceTag(r.FormValue("price"))), htmxrt.Everyone())
	})
	seller := newUser(t).open(s.url + "/products/7?as=sue")
	u := newUser(t)
	buyer, other := u.open(s.url+"/products/7"), u.open(s.url+"/products/8")
	for _, p := range []*tab{seller, buyer, other} {
		p.awaitOpen(1)
	}

	seller.enter("input", "12")
	seller.awaitText("#price", "12")
	buyer.awaitText("#price", "12")
	other.enter("input", "8") // the fence
	other.awaitText("#price", "8")
	buyer.wantText("#price", "12")
}

func priceTag(price string) templ.Component {
	return templ.Raw(`<strong id="price">` + html.EscapeString(price) + `</strong>`)
}

// notifications sends one message to another user and one, by the default
// audience, to the sender's own tabs, in one request.
func notifications(t *testing.T) {
	s := newSite(t, htmxrt.Options{})
	s.live("/", []string{"notifications"}, list("notifications"),
		templ.Raw(`<form hx-post="/notify" hx-swap="none"><input name="user"></form>`))
	s.action("/notify", func(w http.ResponseWriter, r *http.Request) error {
		w.WriteHeader(http.StatusNoContent)
		to := r.FormValue("user")
		err := htmxrt.Send(r.Context(), "notifications", htmxrt.Text("you have mail. "), htmxrt.ToUser(to))
		if err != nil {
			return err
		}
		return htmxrt.Send(r.Context(), "notifications", htmxrt.Text("sent to "+to+". "))
	})
	annUser := newUser(t)
	ann, annToo := annUser.open(s.url+"/?as=ann"), annUser.open(s.url)
	bob := newUser(t).open(s.url + "/?as=bob")
	eve := newUser(t).open(s.url + "/?as=eve")
	for _, p := range []*tab{ann, annToo, bob, eve} {
		p.awaitOpen(1)
	}

	region := regionOf("notifications")
	ann.enter("input", "bob")
	ann.awaitText(region, "sent to bob. ")
	annToo.awaitText(region, "sent to bob. ")
	bob.awaitText(region, "you have mail. ")
	s.send("notifications", htmxrt.Text("fence"))
	for _, p := range []*tab{ann, annToo, bob, eve} {
		p.await("document.body.textContent.trim().endsWith('fence')")
	}
	ann.wantText(region, "sent to bob. fence")
	annToo.wantText(region, "sent to bob. fence")
	bob.wantText(region, "you have mail. fence")
	eve.wantText(region, "fence")
}
