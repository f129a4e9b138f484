package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/htmxrt/htmxrt/htmxrt"
)

// BenchmarkSend sends to followers in this process: all of a delivery but HTTP
// and the network. Without a follower it is the cost of the log alone.
func BenchmarkSend(b *testing.B) {
	for _, followers := range []int{0, 1, 1000} {
		b.Run(fmt.Sprintf("followers=%d", followers), func(b *testing.B) {
			h := newHouse(b, followers)
			b.ReportAllocs()
			for b.Loop() {
				h.send(b, followers, htmxrt.HTML(html), htmxrt.Everyone())
			}
		})
	}
}

// BenchmarkSendSize sends to one follower. What grows with the size is the
// message's way through the log and its frame, which is made once.
func BenchmarkSendSize(b *testing.B) {
	for _, size := range []int{300, 8 << 10, 64 << 10} {
		b.Run(fmt.Sprintf("bytes=%d", size), func(b *testing.B) {
			h := newHouse(b, 1)
			fragment := "~" + strings.Repeat("<li>one line of a list, 40 bytes long</li>\n", size/43)
			b.SetBytes(int64(len(fragment)))
			b.ReportAllocs()
			for b.Loop() {
				h.send(b, 1, htmxrt.HTML(fragment), htmxrt.Everyone())
			}
		})
	}
}

// BenchmarkToUser sends to one client among many; how many should not show.
func BenchmarkToUser(b *testing.B) {
	for _, clients := range []int{1000, 10_000} {
		b.Run(fmt.Sprintf("clients=%d", clients), func(b *testing.B) {
			h := newHouse(b, clients)
			b.ReportAllocs()
			for b.Loop() {
				h.send(b, 1, htmxrt.HTML(html), htmxrt.ToUser("user7"))
			}
		})
	}
}

// BenchmarkReplay opens a stream that missed 1,000 messages.
func BenchmarkReplay(b *testing.B) {
	const missed = 1000
	h := newHouse(b, 0)
	after := string(h.hub.Cursor())
	for range missed {
		h.send(b, 0, htmxrt.HTML(html), htmxrt.Everyone())
	}
	b.ReportAllocs()
	for b.Loop() {
		ctx, cancel := context.WithCancel(b.Context())
		ended := make(chan struct{})
		go func() { // owned by this round, ended by cancel, which waits below
			h.open(ctx, "late", after, make(chan struct{}, 1))
			close(ended)
		}()
		h.await(missed)
		cancel()
		<-ended
	}
}
