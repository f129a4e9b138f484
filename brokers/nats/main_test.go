package nats_test

import (
	"testing"

	"github.com/htmxrt/htmxrt/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }
