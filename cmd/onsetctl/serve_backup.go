package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"onset/devices/sync/server"
	"onset/devices/sync/store"
)

func newServeBackup(t *terminal) *cobra.Command {
	var out string
	var pass keyFlags
	cmd := &cobra.Command{
		Use: "backup --store DIR --out FILE", Short: "Write the whole store to one encrypted file", Args: words(0, 0, "no words beside its flags"),
		Long: `Write the whole store, sessions, models and keys, to one file, encrypted with a
passphrase (age). The server may run meanwhile. The store is verified first.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if out == "" {
				return usagef("backup needs --out")
			}
			phrase, err := pass.passphrase()
			if err != nil {
				return err
			}
			return withStore(cmd, func(ctx context.Context, s *store.Store, _ server.Settings) error {
				v, err := s.Verify(ctx)
				if err != nil {
					return err
				}
				n, err := writeBackup(ctx, s, out, phrase)
				if err != nil {
					return err
				}
				return t.print(map[string]any{"file": out, "bytes": n, "verified": v}, func(w io.Writer) {
					fmt.Fprintf(w, "Wrote %d bytes to %s. The journal has %d events; its head is %s.\n", n, out, v.Events, v.Head)
					for _, p := range v.Problems {
						fmt.Fprintln(w, "PROBLEM in what was backed up:", p)
					}
				})
			})
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "the file to write")
	cmd.Flags().StringVar(&pass.passphraseFile, "passphrase-file", "", "a file whose first line is the passphrase (default: the variable "+passphraseVariable+")")
	return cmd
}

// writeBackup puts an encrypted backup in place whole.
func writeBackup(ctx context.Context, s *store.Store, out, phrase string) (n int64, err error) {
	if err := absent(out); err != nil {
		return 0, err
	}
	recipient, err := age.NewScryptRecipient(phrase)
	if err != nil {
		return 0, fmt.Errorf("encrypting the backup: %w", err)
	}
	f, err := os.OpenFile(out+".part", os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, fmt.Errorf("writing the backup: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	buffered := bufio.NewWriterSize(f, 1<<20)
	sealed, err := age.Encrypt(buffered, recipient)
	if err == nil {
		err = s.Backup(ctx, sealed)
	}
	if err == nil {
		err = errors.Join(sealed.Close(), buffered.Flush(), f.Sync())
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return 0, err
	}
	info, err := os.Stat(f.Name())
	if err == nil {
		err = absent(out) // it may have come meanwhile
	}
	if err != nil {
		return 0, err
	}
	return info.Size(), os.Rename(f.Name(), out)
}

// absent refuses a file that is there: a backup takes the place of nothing.
func absent(out string) error {
	_, err := os.Lstat(out)
	if err == nil {
		err = fmt.Errorf("%s %w and was left as it is; name another file", out, fs.ErrExist)
	} else if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return fmt.Errorf("writing the backup: %w", err)
}

func newServeRestore(t *terminal) *cobra.Command {
	var withdrawn string
	var pass keyFlags
	cmd := &cobra.Command{
		Use: "restore --store DIR FILE", Short: "Make a store from a backup and verify it", Args: words(1, 1, "the file of a backup"),
		Long: `Make a store in a new folder from a backup and verify it. Sessions that were
withdrawn after the backup was made come back with it: give the file "withdrawn" of
the lost store as --withdrawn, if there still is one, to erase them again.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := storeDir(cmd)
			if err != nil {
				return err
			}
			phrase, err := pass.passphrase()
			if err != nil {
				return err
			}
			erased, err := readBackup(cmd.Context(), dir, args[0], phrase, withdrawn)
			if err != nil {
				return err
			}
			return withStore(cmd, func(ctx context.Context, s *store.Store, _ server.Settings) error {
				v, err := s.Verify(ctx)
				if err != nil {
					return err
				}
				err = t.print(map[string]any{"store": dir, "erased_again": erased, "verified": v}, func(w io.Writer) {
					fmt.Fprintf(w, "Restored %s: %d sessions, %d events; %d withdrawn sessions were erased again.\n", dir, v.Sessions, v.Events, erased)
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
	cmd.Flags().StringVar(&withdrawn, "withdrawn", "", `the file "withdrawn" of the store that was lost`)
	cmd.Flags().StringVar(&pass.passphraseFile, "passphrase-file", "", "a file whose first line is the passphrase (default: the variable "+passphraseVariable+")")
	return cmd
}

func readBackup(ctx context.Context, dir, file, phrase, withdrawn string) (erased int, err error) {
	identity, err := age.NewScryptIdentity(phrase)
	if err != nil {
		return 0, fmt.Errorf("opening the backup: %w", err)
	}
	f, err := os.Open(file)
	if err != nil {
		return 0, fmt.Errorf("opening the backup: %w", err)
	}
	defer func() { _ = f.Close() }() // read only
	opened, err := age.Decrypt(bufio.NewReaderSize(f, 1<<20), identity)
	if err != nil {
		return 0, fmt.Errorf("opening the backup %s: %w", file, err)
	}
	var list io.Reader
	if withdrawn != "" {
		w, err := os.Open(withdrawn)
		if err != nil {
			return 0, fmt.Errorf("reading the withdrawn sessions: %w", err)
		}
		defer func() { _ = w.Close() }() // read only
		list = w
	}
	return store.Restore(ctx, dir, opened, list)
}
