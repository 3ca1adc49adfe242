package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"onset/app"
	"onset/dataset"
)

func newRoot(t *terminal) *cobra.Command {
	root := &cobra.Command{
		Use:   "onsetctl",
		Short: "Import, label, train, replay and export exercise recordings without a window",
		Long: `onsetctl works on Onset studies (.onset files) without a window.

Results go to standard output (as JSON with --json), progress and messages to
standard error. It exits 0 on success, 1 when something failed, 2 when the
command line made no sense.`,
		Version:       app.Version,
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRun: func(*cobra.Command, []string) {
			t.began = true
		},
	}
	root.PersistentFlags().BoolVar(&t.json, "json", false, "print the result as JSON")
	root.PersistentFlags().BoolVarP(&t.quiet, "quiet", "q", false, "show no progress, and of an import the totals alone")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err.Error()} })
	root.AddCommand(
		newStudy(t), newSample(t), newImport(t), newInspect(t), newSessions(t), newSamples(t), newLabels(t),
		newTrain(t), newModels(t), newCompare(t), newReplay(t), newExport(t), newBundle(t), newModel(t),
		newSearch(t), newLeaderboard(t), newRerun(t), newCurve(t), newStress(t), newEffects(t), newExternal(t),
		newParticipants(t), newGroups(t), newSensorSets(t), newPrivacy(t), newBIDS(t), newAdherence(t), newAlign(t),
		newServe(t), newDevice(t),
		newAgreement(t),
	)
	requireSubcommand(root)
	return root
}

// group is a command that only holds others.
func group(use, short string, subs ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short}
	cmd.AddCommand(subs...)
	requireSubcommand(cmd)
	return cmd
}

// requireSubcommand makes a command without its own work say so.
func requireSubcommand(cmd *cobra.Command) {
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usagef("%s needs to be told what to do", cmd.CommandPath())
		}
		return usagef("%s knows no %q", cmd.CommandPath(), args[0])
	}
}

// program is what is written into the ledger.
func program() string { return "onsetctl " + app.Version }

// withStudy opens a study for reading or writing, runs f and closes it. A study
// of an older version is brought up to date first, where it can be written.
func withStudy(ctx context.Context, path string, readOnly bool, f func(*dataset.Study) error) (err error) {
	s, err := dataset.Open(ctx, path, dataset.Options{ReadOnly: readOnly, Program: program()})
	if errors.Is(err, dataset.ErrOlder) {
		s, err = dataset.Open(ctx, path, dataset.Options{Program: program()})
	}
	if err != nil {
		return err
	}
	defer func() {
		if cerr := s.Close(); cerr != nil && err == nil {
			err = fmt.Errorf("closing the study: %w", cerr)
		}
	}()
	return f(s)
}

// find turns the prefix of a session's id into the session.
func find(ctx context.Context, s *dataset.Study, id string) (dataset.Session, error) {
	session, err := s.Session(ctx, dataset.SessionID(id))
	if errors.Is(err, dataset.ErrNotFound) {
		return session, app.WithProblem(err, app.Problem{
			What: fmt.Sprintf("No session with an id that begins with %q is in %s", id, s.Path()),
			Do:   "onsetctl sessions lists those that are"})
	}
	return session, err
}
