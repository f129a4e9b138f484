module github.com/htmxrt/htmxrt/bench

go 1.26.6

replace github.com/htmxrt/htmxrt => ../
