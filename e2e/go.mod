module github.com/htmxrt/htmxrt/e2e

go 1.26.6

replace github.com/htmxrt/htmxrt => ../
