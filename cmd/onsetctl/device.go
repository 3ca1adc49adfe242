package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"onset/app"
	"onset/devices/client"
)

func newDevice(t *terminal) *cobra.Command {
	cmd := group("device", "Be a device: pair with a sync server, pull models, run them, push sessions",
		newDevicePair(t), newDevicePull(t), newDeviceRun(t), newDevicePush(t), newDeviceStatus(t), newDeviceWithdraw(t), newDeviceSwarm(t))
	cmd.PersistentFlags().String("state", "", "the device's folder")
	return cmd
}

func stateDir(cmd *cobra.Command) (string, error) {
	dir, err := cmd.Flags().GetString("state")
	if err == nil && dir == "" {
		err = usagef("%s needs --state", cmd.CommandPath())
	}
	return dir, err
}

// withDevice opens a paired device and runs f.
func withDevice(cmd *cobra.Command, f func(context.Context, *client.Client) error) error {
	dir, err := stateDir(cmd)
	if err != nil {
		return err
	}
	c, err := client.Open(dir, client.Options{})
	if err != nil {
		return err
	}
	defer c.Close()
	return f(cmd.Context(), c)
}

func newDevicePair(t *terminal) *cobra.Command {
	var name, compare string
	var sensors []string
	cmd := &cobra.Command{
		Use: "pair --state DIR TEXT", Short: "Pair with the server that a pairing code comes from", Args: words(0, 1, "the text of a pairing code, or --compare"),
		Long: `Pair with the sync server that printed the pairing text. Without a code, --compare
ADDRESS shows eight digits; type them at the server (serve pair --digits) and the
digits that it answers here.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := stateDir(cmd)
			if err != nil {
				return err
			}
			if (len(args) == 1) == (compare != "") {
				return usagef("pair needs the text of a pairing code, or --compare ADDRESS")
			}
			about := client.About{Name: name, Platform: runtime.GOOS + "/" + runtime.GOARCH, Runtime: "onset " + app.Version, Sensors: sensors}
			var c *client.Client
			if compare == "" {
				c, err = client.Pair(cmd.Context(), dir, args[0], about, client.Options{})
			} else {
				c, err = client.Compare(cmd.Context(), dir, compare, about, client.Options{}, func(digits string) {
					fmt.Fprintf(t.err, "Type at the server: %s %s\nDigits that it answers: ", digits[:4], digits[4:])
				}, func(context.Context) (string, error) {
					line, err := bufio.NewReader(t.in).ReadString('\n')
					if line != "" {
						err = nil
					}
					return strings.TrimSpace(line), err
				})
			}
			if err != nil {
				return err
			}
			defer c.Close()
			return t.print(map[string]string{"device": c.Device(), "channel": c.Channel()}, func(w io.Writer) {
				fmt.Fprintf(w, "Paired as device %s on release channel %s.\n", c.Device(), c.Channel())
			})
		},
	}
	host, _ := os.Hostname()
	if host == "" {
		host = "device"
	}
	cmd.Flags().StringVar(&name, "name", host, "what the server's list calls this device")
	cmd.Flags().StringVar(&compare, "compare", "", "host:port of the server, to pair by comparing digits")
	cmd.Flags().StringSliceVar(&sensors, "sensors", nil, "sensors that the device has, with commas between")
	return cmd
}

func newDevicePull(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use: "pull --state DIR", Short: "Fetch, verify and prove the newest model", Args: words(0, 0, "no words beside --state"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withDevice(cmd, func(ctx context.Context, c *client.Client) error {
				p, err := c.Pull(ctx)
				if err != nil {
					return err
				}
				err = t.print(p, func(w io.Writer) {
					fmt.Fprintln(w, p.Outcome, p.Reason)
					if p.Model != nil {
						fmt.Fprintf(w, "In use: model %s, version %d.\n", p.Model.Model, p.Model.Version)
					}
				})
				if err == nil && p.Outcome == client.PulledRejected {
					err = errReported
				}
				return err
			})
		},
	}
}

func newDevicePush(t *terminal) *cobra.Command {
	var consent string
	cmd := &cobra.Command{
		Use: "push --state DIR [RECORDING...]", Short: "Send recordings as sessions, and those that still wait",
		RunE: func(cmd *cobra.Command, args []string) error {
			return withDevice(cmd, func(ctx context.Context, c *client.Client) error {
				for _, a := range args {
					if _, err := c.Pack(a, consent); err != nil {
						return err
					}
				}
				sent, err := c.Flush(ctx)
				if err != nil && len(sent) == 0 {
					return err
				}
				perr := t.print(map[string]any{"sent": sent}, func(w io.Writer) {
					for _, p := range sent {
						fmt.Fprintf(w, "Sent session %s, %d bytes.\n", p.Session, p.Length)
					}
				})
				if perr != nil {
					return perr
				}
				return err
			})
		},
	}
	cmd.Flags().StringVar(&consent, "consent", "1", "version of the consent that the sessions were recorded under")
	return cmd
}

func newDeviceRun(t *terminal) *cobra.Command {
	var runtime string
	cmd := &cobra.Command{
		Use: "run --state DIR RECORDING", Short: "Stream a recording through the model in use, as a watch would", Args: words(1, 1, "a recording"),
		Long: `Stream a recording through the model in use, as a watch would: in packets of a
second, without looking ahead. Where a C compiler is there the device program of
this version is built and run, else the same arithmetic in Go; which is printed.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return withDevice(cmd, func(ctx context.Context, c *client.Client) error {
				whose := personFlags{answers: []string{"participant=new"}} // nothing of it is kept
				o, err := whose.options(t)
				if err != nil {
					return err
				}
				ran, err := c.Run(ctx, args[0], runtime, o)
				if err != nil {
					return err
				}
				return t.print(ran, func(w io.Writer) { sayRan(w, ran) })
			})
		},
	}
	cmd.Flags().StringVar(&runtime, "runtime", client.RuntimeAuto, "what runs the model: auto, c or go")
	return cmd
}

func sayRan(w io.Writer, ran client.Ran) {
	if ran.Runtime == client.RuntimeC {
		fmt.Fprintln(w, "Run by the device program in C.")
	} else {
		fmt.Fprintf(w, "Run in Go: %s.\n", ran.Why)
	}
	for _, r := range ran.Refused {
		fmt.Fprintf(w, "Not run: %s: %s\n", r.Source, r.Reason)
	}
	for _, s := range ran.Sessions {
		fmt.Fprintf(w, "%d decisions in %s s.\n", len(s.Decisions), fixed(s.DurationS, 1))
		rows := [][]string{{"at", "onset", "answer", "probability", "note"}}
		for _, d := range s.Decisions {
			row := []string{fixed(d.AtS, 2), fixed(d.OnsetS, 2), d.Fused, fixed(d.P, 2), d.Missing}
			if d.TakenBack {
				row = []string{fixed(d.AtS, 2), fixed(d.OnsetS, 2), "", "", "was no set"}
			}
			rows = append(rows, row)
		}
		table(w, rows)
	}
}

func newDeviceStatus(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use: "status --state DIR", Short: "Show what the device knows of itself, its model proved again", Args: words(0, 0, "no words beside --state"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withDevice(cmd, func(ctx context.Context, c *client.Client) error {
				s, err := c.Status(ctx)
				if err != nil {
					return err
				}
				return t.print(s, func(w io.Writer) {
					model := "none"
					if s.Model != nil {
						model = fmt.Sprintf("%s, version %d, proved: %t", s.Model.Model, s.Model.Version, s.Proved)
					}
					table(w, [][]string{{"device", s.Device}, {"server", s.Server}, {"release channel", s.Channel}, {"model", model}, {"problem", s.Problem},
						{"metadata good until", s.Expires}, {"sessions waiting", fmt.Sprint(len(s.Waiting))}, {"sessions sent", fmt.Sprint(len(s.Sent))}})
				})
			})
		},
	}
}

func newDeviceWithdraw(t *terminal) *cobra.Command {
	var code string
	var show bool
	cmd := &cobra.Command{
		Use: "withdraw --state DIR SESSION... | --show-code", Short: "Delete sent sessions at the server with the participant's code",
		RunE: func(cmd *cobra.Command, args []string) error {
			return withDevice(cmd, func(ctx context.Context, c *client.Client) error {
				if show {
					p, err := c.Participant()
					if err != nil {
						return err
					}
					return t.print(map[string]string{"code": p}, func(w io.Writer) { fmt.Fprintln(w, p) })
				}
				if len(args) == 0 {
					return usagef("withdraw needs sessions, or --show-code")
				}
				for _, id := range args {
					if err := c.Withdraw(ctx, id, code); err != nil {
						return err
					}
				}
				return t.print(map[string]any{"withdrawn": args}, func(w io.Writer) { fmt.Fprintf(w, "Withdrew %s.\n", counted(len(args), "session")) })
			})
		},
	}
	cmd.Flags().StringVar(&code, "code", "", "the participant's code (default: the one this device holds)")
	cmd.Flags().BoolVar(&show, "show-code", false, "print the participant's code, to be kept by the participant alone")
	return cmd
}
