// Command onsetctl does everything Onset does without a window: for scripts,
// servers and whoever prefers a terminal.
//
// Results go to standard output, as JSON with --json; progress and messages go
// to standard error. It exits 0 only on success, 1 when something failed and 2
// when the command line made no sense.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"onset/training/nn"
)

func main() {
	if err := nn.UseKernel("auto"); err != nil {
		fmt.Fprintln(os.Stderr, "onsetctl:", err)
		os.Exit(exitFailed)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
	exitUnread = 2 // of a scan that found nothing and could not read all
)

// run executes one command line and returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	t := &terminal{in: stdin, out: stdout, err: stderr}
	root := newRoot(t)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	return t.exitCode(root.ExecuteContext(ctx))
}
