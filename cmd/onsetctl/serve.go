package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"rsc.io/qr"

	"onset/devices/sync/delivery"
	"onset/devices/sync/protocol"
	"onset/devices/sync/server"
	"onset/devices/sync/store"
)

func newServe(t *terminal) *cobra.Command {
	cmd := group("serve", "Run the sync server that devices pull models from and push sessions to",
		newServeInit(t), newServeRun(t), newServePair(t), newServePublish(t), newServeRollOut(t), newServeRollBack(t), newServeReleases(t),
		newServeDevices(t), newServeRevoke(t), newServeInbox(t), newServeVerify(t), newServeRebuild(t), newServeBackup(t), newServeRestore(t), newServeRotate(t))
	cmd.PersistentFlags().String("store", "", "the server's folder")
	return cmd
}

// storeDir is the folder given by --store.
func storeDir(cmd *cobra.Command) (string, error) {
	dir, err := cmd.Flags().GetString("store")
	if err == nil && dir == "" {
		err = usagef("%s needs --store", cmd.CommandPath())
	}
	return dir, err
}

// withStore opens the server's store, runs f and closes it.
func withStore(cmd *cobra.Command, f func(context.Context, *store.Store, server.Settings) error) (err error) {
	dir, err := storeDir(cmd)
	if err != nil {
		return err
	}
	set, err := server.LoadSettings(dir)
	if err != nil {
		return err
	}
	s, err := store.Open(cmd.Context(), dir, store.Options{Quota: set.QuotaBytes, Reserve: set.ReserveBytes, PartialTTL: set.PartialTTL.Duration})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return f(cmd.Context(), s, set)
}

func newServeInit(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use: "init --store DIR", Short: "Make the folder of a new server: database, keys, settings", Args: words(0, 0, "no words beside --store"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := storeDir(cmd)
			if err != nil {
				return err
			}
			s, err := server.Create(cmd.Context(), dir, time.Now)
			if err != nil {
				return err
			}
			identity, err := server.LoadIdentity(s.Keys())
			if err = errors.Join(err, s.Close()); err != nil {
				return err
			}
			return t.print(map[string]string{"store": dir, "pin": identity.Pin().String()}, func(w io.Writer) {
				fmt.Fprintf(w, "Made the server's folder %s. Its settings are in %s.\nWhoever can read its keys folder can read every session and sign models: keep it private.\n",
					dir, filepath.Join(dir, server.SettingsFile))
			})
		},
	}
}

func newServePair(t *terminal) *cobra.Command {
	var channel, address, digits string
	var code bool
	cmd := &cobra.Command{
		Use: "pair --store DIR --channel C", Short: "Print the pairing code of one device, or accept a device's eight digits",
		Long: `Print the text of a pairing code. It lets one device in, within five minutes, and
is secret until then. With --qr it is drawn as well.

A device without a camera shows eight digits instead: give them as --digits. They
are compared, not secret; the digits that are printed in turn must be typed at the
device, which is how it knows that it talks to this server and to nobody else.`,
		Args: words(0, 0, "no words beside its flags"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd, func(ctx context.Context, s *store.Store, set server.Settings) error {
				identity, err := server.LoadIdentity(s.Keys())
				if err != nil {
					return err
				}
				if channel, err = followed(ctx, t, s, channel); err != nil {
					return err
				}
				if digits != "" {
					answer, err := s.AcceptDigits(ctx, digits, channel)
					if err != nil {
						return err
					}
					return t.print(map[string]string{"answer": answer}, func(w io.Writer) {
						fmt.Fprintf(w, "%s %s\nType these digits at the device.\n", answer[:4], answer[4:])
					})
				}
				if address == "" {
					address = server.Advertised(s.Dir(), set)
				}
				token, expires, err := s.Invite(ctx, channel)
				if err != nil {
					return err
				}
				text := protocol.Invitation{Address: address, Pin: identity.Pin(), Token: token, Name: set.Name}.Text()
				return t.print(map[string]string{"text": text, "expires": expires.Format(time.RFC3339), "channel": channel}, func(w io.Writer) {
					fmt.Fprintln(w, text)
					if code {
						drawCode(w, text)
					}
				})
			})
		},
	}
	cmd.Flags().StringVar(&channel, "channel", "", "the release channel that the device follows: sensorset/group/variant (default: that published to last, or "+protocol.DefaultChannel+")")
	cmd.Flags().StringVar(&address, "address", "", "host:port that the device shall use (default: where the server listens)")
	cmd.Flags().StringVar(&digits, "digits", "", "the eight digits that a device without a camera shows")
	cmd.Flags().BoolVar(&code, "qr", false, "draw the code too")
	return cmd
}

// followed is the release channel that a new device follows: that named, or the
// one published to last. It warns of one to which nothing is published.
func followed(ctx context.Context, t *terminal, s *store.Store, named string) (string, error) {
	list, err := s.Releases(ctx)
	if err != nil {
		return "", err
	}
	published := store.Followable(list)
	if named == "" {
		if len(published) == 0 {
			published = []string{protocol.DefaultChannel}
			fmt.Fprintf(t.err, "Nothing is published yet: the device will follow %s and get no model until something is published there.\n", published[0])
		}
		return published[0], nil
	}
	if !slices.Contains(published, named) {
		fmt.Fprintf(t.err, "Nothing is published to %s yet: the device gets no model until something is.\n", named)
	}
	return named, nil
}

// drawCode draws a QR code with half blocks, dark on light.
func drawCode(w io.Writer, text string) {
	c, err := qr.Encode(text, qr.M)
	if err != nil {
		return
	}
	const quiet = 2
	for y := -quiet; y < c.Size+quiet; y += 2 {
		var b strings.Builder
		for x := -quiet; x < c.Size+quiet; x++ {
			switch top, bottom := c.Black(x, y), c.Black(x, y+1); {
			case top && bottom:
				b.WriteRune(' ')
			case top:
				b.WriteRune('▄')
			case bottom:
				b.WriteRune('▀')
			default:
				b.WriteRune('█')
			}
		}
		fmt.Fprintln(w, b.String())
	}
}

func newServeRebuild(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use: "rebuild --store DIR", Short: "Make the server's tables anew from its journal", Args: words(0, 0, "no words beside --store"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd, func(ctx context.Context, s *store.Store, _ server.Settings) error {
				if err := s.Rebuild(ctx); err != nil {
					return err
				}
				return t.print(map[string]bool{"rebuilt": true}, func(w io.Writer) { fmt.Fprintln(w, "The tables are what the journal gives.") })
			})
		},
	}
}

func newServeVerify(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use: "verify --store DIR", Short: "Check everything: database, journal's chain, tables, every session's bytes, every model", Args: words(0, 0, "no words beside --store"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd, func(ctx context.Context, s *store.Store, _ server.Settings) error {
				v, err := s.Verify(ctx)
				if err != nil {
					return err
				}
				err = t.print(v, func(w io.Writer) {
					fmt.Fprintf(w, "%d events, %d sessions (%d erased), %d uploads under way, %d releases, %d devices.\nHead of the journal: %s\n",
						v.Events, v.Sessions, v.Erased, v.Uploads, v.Releases, v.Devices, v.Head)
					for _, p := range v.Problems {
						fmt.Fprintln(w, "PROBLEM:", p)
					}
				})
				if err == nil && !v.OK {
					err = errReported
				}
				return err
			})
		},
	}
}

func newServeRotate(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use: "rotate-key --store DIR ROLE", Short: "Replace the signing key of a role: root, targets, snapshot or timestamp", Args: words(1, 1, "a role"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withStore(cmd, func(ctx context.Context, s *store.Store, _ server.Settings) error {
				if err := delivery.Open(s, nil).RotateKey(ctx, s, args[0]); err != nil {
					return err
				}
				return t.print(map[string]string{"rotated": args[0]}, func(w io.Writer) {
					fmt.Fprintf(w, "The %s key is a new one; devices follow at their next pull.\n", args[0])
				})
			})
		},
	}
}
