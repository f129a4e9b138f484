package htmxrt

import (
	"net/http"
	"net/url"
)

// sameOrigin reports whether a page of this site, or no page at all, sent r.
// Browsers send Sec-Fetch-Site with every request (W3C Fetch Metadata, section
// 2.3), older ones Origin with some; curl and native programs send neither.
// http.CrossOriginProtection lets every GET pass, and a stream is one.
func sameOrigin(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none": // none: the user typed the address
		return true
	case "":
	default:
		return false
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && u.Host == r.Host
}
