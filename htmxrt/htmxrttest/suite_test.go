package htmxrttest_test

import (
	"testing"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
)

func TestMemoryBroker(t *testing.T) {
	htmxrttest.BrokerSuite{
		Open: func(*testing.T) htmxrt.Broker { return htmxrt.NewMemoryBroker(htmxrt.Window{}) },
		OpenSmall: func(*testing.T) htmxrt.Broker {
			return htmxrt.NewMemoryBroker(htmxrt.Window{Count: 8})
		},
	}.Run(t)
}
