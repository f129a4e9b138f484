package htmxrttest

import (
	"os"
	"testing"
	"time"

	"github.com/htmxrt/htmxrt/internal/leak"
)

// FaultVariable names a fault to TestModel, which TestSuiteCatches runs. What a
// fault keeps waiting is given up sooner.
const FaultVariable = "HTMXRTTEST_FAULT"

func TestMain(m *testing.M) {
	if os.Getenv(FaultVariable) != "" {
		guardOutside = 2 * time.Second
	}
	leak.Main(m)
}
