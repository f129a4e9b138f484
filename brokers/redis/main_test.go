package redis

import (
	"testing"

	"github.com/htmxrt/htmxrt/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }
