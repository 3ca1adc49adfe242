// Command onset is the desktop workbench.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"time"

	fyneapp "fyne.io/fyne/v2/app"

	"onset/app"
	"onset/training/nn"
	"onset/views/shell"
)

func main() {
	flags, err := shell.ParseFlags(os.Args[1:], os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case err != nil:
		fmt.Fprintln(os.Stderr, "onset:", err)
		os.Exit(2)
	case flags.Version:
		fmt.Println("onset", app.Version)
		return
	}
	if err := run(flags); err != nil {
		fmt.Fprintln(os.Stderr, "onset:", err)
		os.Exit(1)
	}
}

func run(flags shell.Flags) error {
	if err := nn.UseKernel("auto"); err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	dir, err := app.DefaultDataDir()
	if err != nil {
		return err
	}
	bench, err := app.New(app.Options{DataDir: dir, Program: "onset " + app.Version, Log: log})
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	copies := time.NewTicker(app.CopyEvery)
	ended := make(chan struct{})
	go func() { defer close(ended); bench.KeepCopies(ctx, copies.C) }()
	defer func() { copies.Stop(); stop(); <-ended }()
	fyne := fyneapp.NewWithID("study.onset.workbench")
	shell.Run(fyne, bench, flags)
	return bench.Close()
}
