package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

func main() {
	if served() {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

// run measures what args say and writes the table to out; what is under way
// goes to progress.
func run(ctx context.Context, args []string, out, progress io.Writer) error {
	var p plan
	flags := flag.NewFlagSet("bench", flag.ExitOnError)
	flags.IntVar(&p.clients, "clients", 1000, "open streams")
	flags.IntVar(&p.pairs, "pairs", 4, "turns of each system")
	flags.DurationVar(&p.time, "time", 2*time.Second, "time of each phase; a turn has three")
	flags.StringVar(&p.profile, "profile", "", "existing folder for CPU and allocation profiles of the servers, whose figures then count for nothing")
	flags.Parse(args) // ends the process on an error, see ExitOnError
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	r, err := p.run(ctx, progress)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(out, r)
	return err
}
