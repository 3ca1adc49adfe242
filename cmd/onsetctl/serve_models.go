package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"onset/devices"
	"onset/devices/sync/archive"
	"onset/devices/sync/delivery"
	"onset/devices/sync/protocol"
	"onset/devices/sync/server"
	"onset/devices/sync/store"
)

func newServePublish(t *terminal) *cobra.Command {
	var b delivery.Bundle
	cmd := &cobra.Command{
		Use: "publish --store DIR BUNDLE [--channel C]", Short: "Sign a model for a release channel", Args: words(1, 1, "an exported model or a bundle"),
		Long: `Sign an exported model, or the models of a bundle, for release channels, after they
have proved themselves. A bundle's models go to the channels that it names, or the
one of --channel only. With --percent below 100 only that share of the devices gets
the model at first; it goes on by itself when they report that it works, and is
taken back when they report that it does not.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return withStore(cmd, func(ctx context.Context, s *store.Store, _ server.Settings) error {
				models, done, err := modelsOf(args[0], b.Channel)
				defer done()
				if err != nil {
					return err
				}
				var out []store.Release
				for _, m := range models {
					m.Percent, m.Note = b.Percent, b.Note
					r, err := delivery.Open(s, nil).Publish(ctx, s, m)
					if err != nil {
						return err
					}
					out = append(out, r)
				}
				return t.print(map[string]any{"releases": out}, func(w io.Writer) {
					for _, r := range out {
						sayRelease(w, r, "Published")
					}
				})
			})
		},
	}
	cmd.Flags().StringVar(&b.Channel, "channel", "", "the release channel: sensorset/group/variant")
	cmd.Flags().IntVar(&b.Percent, "percent", 100, "the share of devices that get it at first")
	cmd.Flags().StringVar(&b.Note, "note", "", "why, for the list of releases")
	return cmd
}

// modelsOf proves an exported model or the models of a bundle and tells where
// they lie. done removes what was unpacked; it is never nil.
func modelsOf(path, channel string) (out []delivery.Bundle, done func(), err error) {
	done = func() {}
	if !devices.IsBundle(path) {
		report, err := devices.Check(path)
		if err != nil {
			return nil, done, fmt.Errorf("the exported model in %s is refused: %w", path, err)
		}
		if channel == "" {
			return nil, done, usagef("publish needs --channel for an exported model")
		}
		return []delivery.Bundle{{Dir: path, Model: report.Model, Channel: channel}}, done, nil
	}
	report, err := devices.CheckBundle(path)
	if err != nil {
		return nil, done, fmt.Errorf("the bundle %s is refused: %w", path, err)
	}
	root := path
	if info, err := os.Stat(path); err == nil && !info.IsDir() {
		if root, err = os.MkdirTemp("", "onset-publish-*"); err != nil {
			return nil, done, fmt.Errorf("unpacking the bundle: %w", err)
		}
		done = func() { _ = os.RemoveAll(root) } // the system's temporary folder
		if err := unpackBundle(path, root); err != nil {
			return nil, done, err
		}
	}
	for _, m := range report.Manifest.Models {
		if channel == "" || m.Channel == channel || len(report.Manifest.Models) == 1 {
			to := m.Channel
			if channel != "" {
				to = channel
			}
			out = append(out, delivery.Bundle{Dir: filepath.Join(root, filepath.FromSlash(m.Folder)), Model: m.Model, Channel: to})
		}
	}
	if len(out) == 0 {
		return nil, done, fmt.Errorf("the bundle %s holds no model for the release channel %s: %w", path, channel, os.ErrNotExist)
	}
	return out, done, nil
}

func unpackBundle(path, into string) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("unpacking the bundle: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("unpacking the bundle: %w", err)
	}
	l := archive.Limits{Files: 10_000, Expanded: 2 << 30, Name: 400, Depth: 16}
	if _, err := archive.Unpack(f, info.Size(), into, l); err != nil {
		return fmt.Errorf("unpacking the bundle %s: %w", path, err)
	}
	return nil
}

func sayRelease(w io.Writer, r store.Release, did string) {
	fmt.Fprintf(w, "%s version %d of %s: model %s, %d bytes, %s at %d %%.\n", did, r.Version, r.Channel, r.Model, r.Length, r.State, r.Percent)
}

func (t *terminal) printRelease(r store.Release, did string) error {
	return t.print(r, func(w io.Writer) { sayRelease(w, r, did) })
}

func newServeRollOut(t *terminal) *cobra.Command {
	var channel, note string
	var percent int
	var halt bool
	cmd := &cobra.Command{
		Use: "rollout --store DIR --channel C --percent N | --halt", Short: "Change the share of devices that get a staged release", Args: words(0, 0, "no words beside its flags"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if halt {
				percent = 0
			} else if percent < 1 || percent > 100 {
				return usagef("rollout needs --percent between 1 and 100, or --halt")
			}
			return withStore(cmd, func(ctx context.Context, s *store.Store, _ server.Settings) error {
				r, err := s.SetRollout(ctx, channel, percent, note)
				if err != nil {
					return err
				}
				if err := delivery.Open(s, nil).Update(ctx, s); err != nil {
					return err
				}
				return t.printRelease(r, "Changed")
			})
		},
	}
	cmd.Flags().StringVar(&channel, "channel", protocol.DefaultChannel, "the release channel")
	cmd.Flags().IntVar(&percent, "percent", 0, "the new share")
	cmd.Flags().BoolVar(&halt, "halt", false, "take the release back: devices return to the stable one")
	cmd.Flags().StringVar(&note, "note", "", "why, for the list of releases")
	return cmd
}

func newServeRollBack(t *terminal) *cobra.Command {
	var channel, note string
	cmd := &cobra.Command{
		Use: "rollback --store DIR --channel C", Short: "Publish the model before the present one again, as a new version", Args: words(0, 0, "no words beside its flags"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd, func(ctx context.Context, s *store.Store, _ server.Settings) error {
				r, err := delivery.Open(s, nil).RollBack(ctx, s, channel, note)
				if err != nil {
					return err
				}
				return t.printRelease(r, "Went back with")
			})
		},
	}
	cmd.Flags().StringVar(&channel, "channel", protocol.DefaultChannel, "the release channel")
	cmd.Flags().StringVar(&note, "note", "rolled back", "why, for the list of releases")
	return cmd
}

func newServeReleases(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use: "releases --store DIR", Short: "List what was published, and how devices fare with it", Args: words(0, 0, "no words beside --store"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd, func(ctx context.Context, s *store.Store, _ server.Settings) error {
				list, err := s.Releases(ctx)
				if err != nil {
					return err
				}
				return t.print(map[string]any{"releases": list}, func(w io.Writer) {
					rows := [][]string{{"channel", "version", "model", "state", "share", "works on", "failed on", "published", "note"}}
					for _, r := range list {
						rows = append(rows, []string{r.Channel, strconv.Itoa(r.Version), r.Model, r.State, strconv.Itoa(r.Percent) + " %", strconv.Itoa(r.Active), strconv.Itoa(r.Bad), r.Published, r.Note})
					}
					table(w, rows)
				})
			})
		},
	}
}

func newServeDevices(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use: "devices --store DIR", Short: "List paired devices: last seen, model in use, self-test", Args: words(0, 0, "no words beside --store"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd, func(ctx context.Context, s *store.Store, _ server.Settings) error {
				list, err := s.Devices(ctx)
				if err != nil {
					return err
				}
				releases, err := s.Releases(ctx)
				if err != nil {
					return err
				}
				return t.print(map[string]any{"devices": list}, func(w io.Writer) {
					rows := [][]string{{"device", "name", "channel", "paired", "last seen", "model", "self-test", "revoked"}}
					for _, d := range list {
						rows = append(rows, []string{d.ID, d.Name, d.Channel, d.Paired, d.Seen, inUse(releases, d), d.SelfTest, d.Revoked})
					}
					table(w, rows)
				})
			})
		},
	}
}

// inUse names the model that a device uses by its identifier and version.
func inUse(releases []store.Release, d store.Device) string {
	if r, ok := store.ReleaseOf(releases, d.Channel, d.Model); ok {
		return fmt.Sprintf("%s, version %d", r.Model, r.Version)
	}
	if d.Model == "" && !slices.Contains(store.Followable(releases), d.Channel) {
		return "none is published"
	}
	return d.Model
}

func newServeRevoke(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use: "revoke --store DIR DEVICE", Short: "End a device's access at its next handshake", Args: words(1, 1, "a device's identifier"),
		Long: `End a device's access: it fetches no model and no ticket any more, from its next
handshake on, and within a second on connections that are open.

What it can still do: send sessions with tickets that it has not used. A ticket
says nothing of the device, so that nobody can tell whose session is whose; for
that reason the server can't take back those of one device. A device gets at most
tickets_per_day of them a day (256, in server.toml), each for one session, until
the end of the next day (UTC): after at most 48 hours it can send nothing. Such
sessions wait in the inbox as all others do: look at what comes in until then.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			return withStore(cmd, func(ctx context.Context, s *store.Store, _ server.Settings) error {
				if err := s.Revoke(ctx, args[0]); err != nil {
					return err
				}
				return t.print(map[string]string{"revoked": args[0]}, func(w io.Writer) {
					fmt.Fprintf(w, "Device %s is not let in any more. With tickets that it holds it can send sessions until %s (UTC).\n",
						args[0], store.TicketsEnd(time.Now()).Format("2006-01-02 15:04"))
				})
			})
		},
	}
}
