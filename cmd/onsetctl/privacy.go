package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"onset/dataset/privacy"
)

// passphraseVariable may hold the passphrase of a key file, for scripts.
const passphraseVariable = "ONSET_PASSPHRASE"

// keyFlags are what every command about a key file takes.
type keyFlags struct{ key, passphraseFile string }

func (k *keyFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&k.key, "key", "", "the key file that links study codes to names")
	cmd.Flags().StringVar(&k.passphraseFile, "passphrase-file", "", "a file whose first line is the passphrase (default: the variable "+passphraseVariable+")")
}

// passphrase reads the passphrase; it is never taken from the command line,
// where others could see it.
func (k *keyFlags) passphrase() (string, error) {
	if k.passphraseFile != "" {
		b, err := os.ReadFile(k.passphraseFile)
		if err != nil {
			return "", fmt.Errorf("reading the passphrase: %w", err)
		}
		line, _, _ := strings.Cut(string(b), "\n")
		return strings.TrimRight(line, "\r"), nil
	}
	if v := os.Getenv(passphraseVariable); v != "" {
		return v, nil
	}
	return "", usagef("the key file needs its passphrase: give --passphrase-file or set %s", passphraseVariable)
}

// load reads the key file.
func (k *keyFlags) load() (privacy.Keys, error) {
	if k.key == "" {
		return privacy.Keys{}, usagef("--key names the key file")
	}
	pass, err := k.passphrase()
	if err != nil {
		return privacy.Keys{}, err
	}
	return privacy.Sealer{}.Load(k.key, pass)
}

// book opens the key file for taking new links; without --key there is none.
func (k *keyFlags) book() (*privacy.Book, error) { return k.opened(privacy.Sealer{}.OpenBook) }

// reopen opens a key file that must be there, to take somebody out of it;
// without --key there is none.
func (k *keyFlags) reopen() (*privacy.Book, error) { return k.opened(privacy.Sealer{}.ReopenBook) }

func (k *keyFlags) opened(open func(path, passphrase string) (*privacy.Book, error)) (*privacy.Book, error) {
	if k.key == "" {
		return nil, nil
	}
	pass, err := k.passphrase()
	if err != nil {
		return nil, err
	}
	return open(k.key, pass)
}

// clear looks through what was just written for every identifier of the key
// file and takes it away again on a hit. Without --key there is nothing to look
// for.
func (k *keyFlags) clear(ctx context.Context, out string) error {
	if k.key == "" {
		return nil
	}
	keys, err := k.load()
	if err != nil {
		return errors.Join(fmt.Errorf("looking through the export: %w; it was removed", err), os.RemoveAll(out))
	}
	return privacy.Clear(ctx, keys, out)
}

func newPrivacy(t *terminal) *cobra.Command {
	return group("privacy", "Keep names at home: the key file, and the scan for what it holds", newPrivacyScan(t), newPrivacyAdd(t), newPrivacyRemove(t), newPrivacyList(t))
}

// scanResult is the result of privacy scan.
type scanResult struct {
	Hits     int              `json:"hits"`
	Found    []privacy.Hit    `json:"found"`
	Unread   []privacy.Unread `json:"unread"`    // what could not be looked through
	TooShort int              `json:"too_short"` // identifiers too short to be looked for
}

// scanTold is how many hits a result lists; all are counted.
const scanTold = 1000

func newPrivacyScan(t *terminal) *cobra.Command {
	var k keyFlags
	cmd := &cobra.Command{
		Use:   "scan PATH --key KEYFILE",
		Short: "Read a study or an export byte by byte for every identifier of the key file",
		Long: `Read a file, or every file of a folder with the names of files and folders, for
every identifier of the key file: in any letter case and in the usual encodings
(UTF-8, UTF-16, UTF-32, Windows and DOS code pages), with other signs, white space
or line breaks between its words, last name first, a number without its dashes,
in base64, hexadecimal and the escapes of addresses, JSON, HTML and mail, also
inside zip, gzip, bzip2 and zlib and in the values of a study. Hits are told by
study code, never by name.

The exit code is 0 when nothing was found, 1 when there are hits, and 2 when
there are none but something could not be looked through; that is named, and the
rest is scanned all the same.`,
		Args: words(1, 1, "one file or folder"),
		RunE: func(cmd *cobra.Command, args []string) error {
			keys, err := k.load()
			if err != nil {
				return err
			}
			s := privacy.NewScanner(keys)
			result := scanResult{Found: []privacy.Hit{}, Unread: []privacy.Unread{}, TooShort: s.TooShort()}
			err = s.ScanPath(cmd.Context(), args[0], func(h privacy.Hit) {
				result.Hits++
				if len(result.Found) < scanTold {
					result.Found = append(result.Found, h)
				}
			})
			if unread, ok := errors.AsType[*privacy.UnreadError](err); ok {
				result.Unread, err = unread.Files, nil
			}
			if err == nil {
				err = t.print(result, result.write)
			}
			switch {
			case err != nil:
				return err
			case result.Hits > 0:
				return errReported
			case len(result.Unread) > 0:
				return errUnread
			}
			return nil
		},
	}
	k.add(cmd)
	return cmd
}

func (r scanResult) write(w io.Writer) {
	for _, h := range r.Found {
		fmt.Fprintf(w, "%s, byte %d: an identifier of %s as %s\n", h.File, h.Offset, h.Code, h.As)
	}
	for _, u := range r.Unread {
		fmt.Fprintln(w, u)
	}
	fmt.Fprintf(w, "%s\n", counted(r.Hits, "hit"))
	if r.TooShort > 0 {
		fmt.Fprintf(w, "%s too short to be looked for\n", counted(r.TooShort, "identifier"))
	}
}

func newPrivacyAdd(t *terminal) *cobra.Command {
	var k keyFlags
	cmd := &cobra.Command{
		Use:   "add CODE IDENTIFIER... --key KEYFILE",
		Short: "Link a study code to identifiers in the key file, which is made when absent",
		Args:  words(2, -1, "a study code and at least one identifier"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if k.key == "" {
				return usagef("--key names the key file")
			}
			for _, name := range args[1:] {
				if err := privacy.CheckIdentifier(name); err != nil {
					return fmt.Errorf("%w; nothing was added", err)
				}
			}
			book, err := k.book()
			if err != nil {
				return err
			}
			for _, name := range args[1:] {
				err = errors.Join(err, book.Record(args[0], name, nil))
			}
			keys := book.Keys()
			if err := errors.Join(err, book.Close()); err != nil {
				return err
			}
			return t.print(map[string]int{"codes": len(keys.Identities)}, func(w io.Writer) {
				fmt.Fprintf(w, "The key file holds %s.\n", counted(len(keys.Identities), "code"))
			})
		},
	}
	k.add(cmd)
	return cmd
}

func newPrivacyRemove(t *terminal) *cobra.Command {
	var k keyFlags
	cmd := &cobra.Command{
		Use:   "remove CODE... --key KEYFILE",
		Short: "Forget study codes with their names, such as of a person who withdrew",
		Args:  words(1, -1, "at least one study code"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if k.key == "" {
				return usagef("--key names the key file")
			}
			book, err := k.reopen()
			if err != nil {
				return err
			}
			removed, absent := []string{}, []string{}
			for _, code := range args {
				was, rerr := book.Remove(code)
				if err = errors.Join(err, rerr); was {
					removed = append(removed, code)
				} else {
					absent = append(absent, code)
				}
			}
			if err := errors.Join(err, book.Close()); err != nil {
				return err
			}
			return t.print(map[string][]string{"removed": removed, "absent": absent}, func(w io.Writer) {
				if len(removed) > 0 {
					fmt.Fprintf(w, "Removed with all names: %s.\n", strings.Join(removed, ", "))
				}
				if len(absent) > 0 {
					fmt.Fprintf(w, "The key file holds nothing under %s.\n", strings.Join(absent, ", "))
				}
			})
		},
	}
	k.add(cmd)
	return cmd
}

func newPrivacyList(t *terminal) *cobra.Command {
	var k keyFlags
	cmd := &cobra.Command{
		Use:   "list --key KEYFILE",
		Short: "Show whom the study codes stand for",
		Args:  words(0, 0, "no further words"),
		RunE: func(cmd *cobra.Command, args []string) error {
			keys, err := k.load()
			if err != nil {
				return err
			}
			return t.print(keys, func(w io.Writer) {
				rows := [][]string{{"code", "identifiers"}}
				for _, id := range keys.Identities {
					rows = append(rows, []string{id.Code, strings.Join(id.Identifiers, ", ")})
				}
				table(w, rows)
			})
		},
	}
	k.add(cmd)
	return cmd
}
