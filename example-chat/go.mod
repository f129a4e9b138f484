module github.com/htmxrt/htmxrt/example-chat

go 1.26.6

replace github.com/htmxrt/htmxrt => ../
