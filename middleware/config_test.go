package middleware_test

import (
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/htmxrt/htmxrt/htmxrt"
	"github.com/htmxrt/htmxrt/htmxrt/htmxrttest"
	"github.com/htmxrt/htmxrt/middleware"
	"github.com/htmxrt/htmxrt/static"
)

func TestConfigOutOfRangeNamesTheField(t *testing.T) {
	tests := []struct {
		in    middleware.Config
		field string // "" for none
	}{
		{in: middleware.Config{}},
		{in: middleware.Config{StreamPath: "/live/stream", UserKey: "uid", Htmx: static.Htmx2}},
		{in: middleware.Config{StreamPath: "live"}, field: "StreamPath"},
		{in: middleware.Config{StreamPath: "//evil.test/live"}, field: "StreamPath"},
		{in: middleware.Config{StreamPath: "https://evil.test/live"}, field: "StreamPath"},
		{in: middleware.Config{StreamPath: "/live?x=1"}, field: "StreamPath"},
		{in: middleware.Config{StreamPath: "/live?"}, field: "StreamPath"},
		{in: middleware.Config{StreamPath: "/live#x"}, field: "StreamPath"},
		{in: middleware.Config{StreamPath: "/live/:id"}, field: "StreamPath"},
		{in: middleware.Config{StreamPath: "/live/*"}, field: "StreamPath"},
		{in: middleware.Config{StreamPath: "/li ve"}, field: "StreamPath"},
		{in: middleware.Config{StreamPath: `/\evil.test`}, field: "StreamPath"},
		{in: middleware.Config{StreamPath: "/live\n"}, field: "StreamPath"},
		{in: middleware.Config{StreamPath: static.Path + "stream"}, field: "StreamPath"},
		{in: middleware.Config{Htmx: -1}, field: "Htmx"},
	}
	hub := htmxrttest.NewHub(t, htmxrt.Options{})
	for _, tt := range tests {
		e, sm := echo.New(), newManager(newFaultyStore())
		store := sm.Store
		err := middleware.Register(e, hub, sm, tt.in)
		if tt.field == "" {
			if err != nil {
				t.Errorf("Register(%+v) = %v", tt.in, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), "Config."+tt.field) {
			t.Errorf("Register(%+v) = %v, want an error that names %s", tt.in, err, tt.field)
		}
		if sm.Store != store || len(e.Routes()) > 0 {
			t.Errorf("Register(%+v) failed and changed something", tt.in)
		}
	}
}

func TestIdentifyPanicsOnABadConfig(t *testing.T) {
	defer func() {
		if p := recover(); p == nil {
			t.Error("no panic")
		}
	}()
	middleware.Identify(newManager(newFaultyStore()), middleware.Config{StreamPath: "live"})
}
