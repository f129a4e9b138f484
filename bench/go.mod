module github.com/htmxrt/htmxrt/bench

go 1.26.6

replace github.com/htmxrt/htmxrt => ../

require (
	github.com/htmxrt/htmxrt v0.0.0-00010101000000-000000000000
	github.com/tmaxmax/go-sse v0.12.0
)

require github.com/a-h/templ v0.3.977 // indirect
