// Command screenshots takes the pictures of the example chat in docs/img: on a
// desktop and on a phone, light and dark, and while the server is away. It needs
// what `make setup` installs; the pictures in the repository were taken with the
// font Inter (Debian's fonts-inter) in place of the system's.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/chromedp/chromedp"
)

func main() {
	log.SetFlags(0)
	chat := flag.String("chat", "../example-chat", "the chat's source `folder`")
	folder := flag.String("out", "../docs/img", "the `folder` for the pictures")
	flag.Parse()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err := run(ctx, *chat, *folder); err != nil {
		log.Fatal("screenshots: ", err)
	}
}

func run(ctx context.Context, source, folder string) (err error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	chat, err := startChat(ctx, source)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, chat.end()) }()
	if err := chat.play(scene); err != nil {
		return err
	}
	c, stop, err := newCamera(ctx, folder)
	if err != nil {
		return err
	}
	defer stop()
	if err := c.enter(chat.url, "Ada Lovelace"); err != nil {
		return err
	}
	for i, name := range present {
		p, err := chat.signIn(name)
		if err == nil {
			err = p.stay(ctx)
		}
		if err == nil && i == len(present)-1 {
			err = p.post("/rooms/lobby/typing", "message", "I")
		}
		if err != nil {
			return fmt.Errorf("%s comes in: %w", name, err)
		}
	}
	if err := chat.play(live); err != nil {
		return err
	}
	if err := c.await(`document.querySelector("#notifications").childElementCount === 1 &&
		document.querySelector("[data-rt-presence]").childElementCount === 4 &&
		document.querySelector("#messages > :last-child").textContent.includes("read them over")`); err != nil {
		return err
	}
	if err := c.shoot("chat", screens...); err != nil {
		return err
	}
	err = chromedp.Do(c.ctx, chromedp.Click(chromedp.CSS(".dismiss")),
		chromedp.SendKeys(chromedp.CSS("#message"), "Of course. Give me ten"))
	if err != nil {
		return err
	}
	if err := chat.end(); err != nil {
		return err
	}
	if err := c.await(`document.documentElement.dataset.rtState === "reconnecting"`); err != nil {
		return err
	}
	return c.shoot("chat-reconnecting", screens[1])
}

// enter signs somebody in, as far as the lobby, and waits until it is live.
func (c *camera) enter(url, name string) error {
	if err := chromedp.Do(c.ctx, chromedp.Navigate(url),
		chromedp.SendKeys(chromedp.CSS("[name=name]"), name+"\r"), chromedp.WaitVisible(chromedp.CSS("#messages"))); err != nil {
		return err
	}
	if err := c.await(`document.documentElement.dataset.rtState === "live"`); err != nil {
		return err
	}
	// The bare Debian of a build machine has no good font for system-ui.
	return chromedp.Do(c.ctx, chromedp.Evaluate[chromedp.Void](
		`document.documentElement.style.fontFamily = "Inter, system-ui, sans-serif"`))
}
