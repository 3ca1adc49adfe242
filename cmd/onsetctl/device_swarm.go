package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"onset/devices/client/swarm"
	"onset/devices/sync/protocol"
	"onset/devices/sync/server"
	"onset/devices/sync/store"
)

func newDeviceSwarm(t *terminal) *cobra.Command {
	var dir, channel string
	var o swarm.Options
	cmd := &cobra.Command{
		Use: "swarm N --store DIR", Short: "Drive many devices against the server of a store on this machine, with faults", Args: words(1, 1, "a number of devices"),
		Long: `Pair N devices with the running server of --store, on a loopback address only, and
let them poll and send. With --faults connections break, devices are killed, clocks
are wrong and disks are full; afterwards the faults end, everything is sent, and
every session is looked for in the store.

The store gets N devices and many sessions: use one that is made for it.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := strconv.Atoi(args[0])
			if err != nil || n < 1 || n > 5000 {
				return usagef("swarm needs a number of devices, at most 5000")
			}
			if dir == "" {
				return usagef("swarm needs --store")
			}
			o.Devices = n
			return runSwarm(cmd.Context(), t, dir, channel, o)
		},
	}
	cmd.Flags().StringVar(&dir, "store", "", "the server's folder, to make invitations")
	cmd.Flags().StringVar(&channel, "channel", protocol.DefaultChannel, "the release channel that the devices follow")
	cmd.Flags().DurationVar(&o.Poll, "poll", 30*time.Second, "how often each device asks for models")
	cmd.Flags().Float64Var(&o.Sessions, "sessions", 20, "sessions a second, all devices together")
	cmd.Flags().IntVar(&o.Bytes, "bytes", 20_000, "length of a session")
	cmd.Flags().DurationVar(&o.Duration, "duration", 30*time.Second, "for how long")
	cmd.Flags().Float64Var(&o.Faults, "faults", 0, "share of connections, writes and works that fail, 0 to 1")
	cmd.Flags().Uint64Var(&o.Seed, "seed", 1, "seed of the faults")
	return cmd
}

// swarmed is the result of a swarm, held against the store.
type swarmed struct {
	swarm.Report
	Missing int `json:"missing"` // sent, but not in the store
}

func runSwarm(ctx context.Context, t *terminal, dir, channel string, o swarm.Options) (err error) {
	set, err := server.LoadSettings(dir)
	if err != nil {
		return err
	}
	address := server.Advertised(dir, set)
	if err := swarm.CheckLoopback(address); err != nil {
		return err
	}
	s, err := store.Open(ctx, dir, store.Options{})
	if err != nil {
		return err
	}
	defer func() {
		if cerr := s.Close(); err == nil {
			err = cerr
		}
	}()
	identity, err := server.LoadIdentity(s.Keys())
	if err != nil {
		return err
	}
	if o.Dir, err = os.MkdirTemp("", "onset-swarm-*"); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(o.Dir) }() // the system's temporary folder
	o.Invite = func(ctx context.Context) (string, error) {
		token, _, err := s.Invite(ctx, channel)
		return protocol.Invitation{Address: address, Pin: identity.Pin(), Token: token, Name: "swarm"}.Text(), err
	}
	o.Recording = func(n int) []byte {
		b := make([]byte, o.Bytes)
		r := rand.NewChaCha8([32]byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24), byte(n >> 32)})
		_, _ = r.Read(b)
		return b
	}
	report, err := swarm.Run(ctx, o)
	if err != nil {
		return err
	}
	out := swarmed{Report: report}
	for _, x := range report.Sent {
		if have, err := s.Session(ctx, x.Session); err != nil || have.SHA256 != x.SHA256 {
			out.Missing++
		}
	}
	err = t.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%d devices for %.0f s: %d polls (p50 %.1f ms, p99 %.1f ms), %d models, %d sessions (p50 %.1f ms, p99 %.1f ms), %d kills, %d errors told, %d devices with unsent sessions, %d sessions missing in the store.\n",
			out.Devices, out.TookS, out.Polls, out.PollMS.P50, out.PollMS.P99, out.Models, out.Sessions, out.SendMS.P50, out.SendMS.P99, out.Kills, out.Errors, out.Unsent, out.Missing)
		for _, e := range out.First {
			fmt.Fprintln(w, "  ", e)
		}
	})
	if err == nil && (out.Missing > 0 || out.Unsent > 0 || o.Faults == 0 && out.Errors > 0) {
		err = errReported
	}
	return err
}
