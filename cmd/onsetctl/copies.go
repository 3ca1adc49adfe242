package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/spf13/cobra"

	"onset/app"
	"onset/dataset"
	"onset/dataset/privacy"
)

// backupResult is the result of study backup.
type backupResult struct {
	Backup   string   `json:"backup"`
	Kept     []string `json:"kept"`                // copies in the folder, oldest first
	SyncedBy string   `json:"synced_by,omitempty"` // the cloud client in whose folder the study lies
}

func newStudyBackup(t *terminal) *cobra.Command {
	var into string
	var keep int
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Write a whole copy of a study, also while the window has it open",
		Long: `Write a whole, compact copy of a study into a folder, named after the study and
the moment, read it back, and remove the oldest copies there beyond --keep.`,
		Args: words(1, 1, "one study file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if keep < 1 {
				return usagef("--keep takes a positive number")
			}
			if into == "" {
				into = dataset.BackupFolder(args[0])
			}
			return withStudy(cmd.Context(), args[0], true, func(s *dataset.Study) error {
				if err := dataset.RememberBackups(cmd.Context(), s.Path(), into); err != nil {
					return err
				}
				path, err := s.BackupTo(cmd.Context(), into, keep)
				if err != nil {
					return err
				}
				kept, err := dataset.Backups(into, s.Path())
				if err != nil {
					return err
				}
				r := backupResult{path, kept, dataset.SyncedBy(s.Path())}
				return t.print(r, func(w io.Writer) {
					kept := "it is the only copy there"
					if n := len(r.Kept); n > 1 {
						kept = fmt.Sprintf("%d copies are kept there", n)
					}
					fmt.Fprintf(w, "Wrote %s; %s.\n", r.Backup, kept)
					if r.SyncedBy != "" {
						fmt.Fprintf(w, "The study lies in a folder that %s synchronises: its copy of an open study may be broken. Keep the study elsewhere; copies hold the same participants, so let your data protection rules say whether one may lie there.\n", r.SyncedBy)
					}
				})
			})
		},
	}
	cmd.Flags().StringVar(&into, "into", "", "the folder (default: one beside the study)")
	cmd.Flags().IntVar(&keep, "keep", 5, "how many copies to keep")
	return cmd
}

func newStudyRestore(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "restore BACKUP FILE",
		Short: "Put a copy in a study's place; what was there stays beside it",
		Args:  words(2, 2, "a copy and the study file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			aside, err := dataset.Restore(cmd.Context(), args[0], args[1], dataset.Options{Program: program()})
			if err != nil {
				return err
			}
			return t.print(map[string]string{"study": args[1], "aside": aside}, func(w io.Writer) {
				fmt.Fprintf(w, "Restored %s.\n", args[1])
				if aside != "" {
					fmt.Fprintf(w, "What was there is now %s.\n", aside)
				}
			})
		},
	}
}

// withdrawResult is the result of study withdraw.
type withdrawResult struct {
	Sessions   int      `json:"sessions"`
	WindowSets int      `json:"window_sets"`
	Models     []string `json:"models"`       // marked: they learnt from the person
	Copies     []string `json:"copies"`       // of the study, that still hold the person
	Others     []string `json:"other_copies"` // the same, but made or named by somebody else: never deleted
	Removed    []string `json:"removed_copies"`
	KeyFile    bool     `json:"key_file"`
}

func newStudyWithdraw(t *terminal) *cobra.Command {
	var k keyFlags
	var removeCopies bool
	cmd := &cobra.Command{
		Use:   "withdraw FILE CODE",
		Short: "Remove a participant and everything derived from them, for good",
		Long: `Remove a participant with sessions, samples, labels and window sets, also from
the bytes of the file, and mark the models that learnt from them. The ledger
keeps that it happened, not what. With --key the person goes from the key file,
too, and nothing is removed when that is not there or can not be written. Copies of the study that still hold the person are named, with
--remove-copies deleted: those that Onset made, also with "study backup --into".
Copies of the study under other names are looked for in the same folders and
named, never deleted; copies elsewhere can not be known. It can not be undone.`,
		Args: words(2, 2, "a study file and a study code"),
		RunE: func(cmd *cobra.Command, args []string) error {
			book, err := k.reopen()
			if err != nil {
				return notWithdrawn(args[1], k.key, err)
			}
			r := withdrawResult{Models: []string{}, Copies: []string{}, Others: []string{}, Removed: []string{}}
			id := dataset.ParticipantID(args[1])
			withdrawn := false
			err = withStudy(cmd.Context(), args[0], false, func(s *dataset.Study) error {
				gone, err := s.Withdraw(cmd.Context(), id)
				withdrawn = err == nil
				r.Sessions, r.WindowSets, r.Models = gone.Sessions, gone.WindowSets, append(r.Models, gone.Models...)
				return err
			})
			if err == nil {
				var copies []string
				copies, err = dataset.CopiesWith(cmd.Context(), args[0], id)
				if err == nil && removeCopies {
					if err = dataset.RemoveCopies(cmd.Context(), args[0], copies...); err == nil {
						r.Removed, copies = append(r.Removed, copies...), nil
					}
				}
				r.Copies = append(r.Copies, copies...)
				if err == nil {
					var others []string
					others, err = dataset.SiblingsWith(cmd.Context(), args[0], id)
					r.Others = append(r.Others, others...)
				}
			}
			if book != nil {
				var kerr error
				if withdrawn { // also when a copy could not be looked at
					r.KeyFile, kerr = book.Remove(args[1])
				}
				if kerr = errors.Join(kerr, book.Close()); kerr != nil && withdrawn {
					kerr = namesLeft(args[1], k.key, kerr)
				}
				err = errors.Join(kerr, err)
			}
			if err != nil {
				return err
			}
			return t.print(r, func(w io.Writer) {
				fmt.Fprintf(w, "%s is withdrawn. Gone: %s and %s. Marked: %s.\n", args[1],
					counted(r.Sessions, "session"), counted(r.WindowSets, "window set"), counted(len(r.Models), "model"))
				switch {
				case r.KeyFile:
					fmt.Fprintf(w, "Their names are gone from the key file %s.\n", k.key)
				case k.key != "":
					fmt.Fprintf(w, "The key file %s held nothing under %s.\n", k.key, args[1])
				default:
					fmt.Fprintf(w, "No key file was given: if one holds their names, run onsetctl privacy remove %s --key KEYFILE\n", args[1])
				}
				for _, c := range r.Removed {
					fmt.Fprintf(w, "Removed the copy that held them: %s\n", c)
				}
				for _, c := range r.Copies {
					fmt.Fprintf(w, "This copy still holds them: %s\n", c)
				}
				for _, c := range r.Others {
					fmt.Fprintf(w, "This copy, which somebody made, still holds them: %s\n", c)
				}
				fmt.Fprintln(w, "Copies, exports and imported files elsewhere can not be known from here: remove them yourself.")
			})
		},
	}
	k.add(cmd)
	cmd.Flags().BoolVar(&removeCopies, "remove-copies", false, "delete the copies of the study that still hold the person")
	return cmd
}

// notWithdrawn says that a key file was not to be had before anything was removed.
func notWithdrawn(code, key string, why error) error {
	if _, usage := errors.AsType[usageError](why); usage {
		return why
	}
	what := why.Error()
	switch {
	case errors.Is(why, fs.ErrNotExist):
		what = "there is no key file " + key
	case errors.Is(why, privacy.ErrNoKeyFile):
		what = key + " is no Onset key file"
	}
	return app.WithProblem(why, app.Problem{
		What:     fmt.Sprintf("%s was not withdrawn, for their names would stay in the key file: %s", code, what),
		Unharmed: fmt.Sprintf("Nothing was changed, and %s is in the study with all recordings", code),
		Do:       fmt.Sprintf("Say with --key where the key file is now; or withdraw without --key, and remove the names when the file is found: onsetctl privacy remove %s --key KEYFILE", code),
	})
}

// namesLeft says that a key file was lost hold of after the study was changed.
func namesLeft(code, key string, why error) error {
	return app.WithProblem(why, app.Problem{
		What:     fmt.Sprintf("%s is withdrawn from the study, but their names are still in the key file %s: %v", code, key, why),
		Unharmed: "The study holds nothing of them any more",
		Do:       fmt.Sprintf("Remove the names where the key file is: onsetctl privacy remove %s --key KEYFILE", code),
	})
}
