module github.com/htmxrt/htmxrt/brokers/redis

go 1.26.6

replace github.com/htmxrt/htmxrt => ../..

require (
	github.com/htmxrt/htmxrt v0.0.0
	github.com/redis/rueidis v1.0.79
)

require (
	github.com/a-h/templ v0.3.977 // indirect
	golang.org/x/sys v0.47.0 // indirect
)
