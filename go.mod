module github.com/htmxrt/htmxrt

go 1.26.6

require github.com/a-h/templ v0.3.977
