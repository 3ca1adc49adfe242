package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"onset/app"
	"onset/dataset"
	"onset/dataset/codec"
	"onset/labeling"
)

func newImport(t *terminal) *cobra.Command {
	var format, mapping, participant, zone string
	var answers []string
	var example, verbose bool
	var k keyFlags
	var signing string
	cmd := &cobra.Command{
		Use:   "import FILE PATH...",
		Short: "Import recordings, files or whole folders",
		Long: `Import recordings, files or whole folders, into a study. The format is told by
what the files hold. Every session appears whole or not at all; what could not
be read is listed with its file and row or byte, and the exit code is then 1
while the other sessions stay imported.

What a source leaves open (such as the order of its columns) is asked on a
terminal; elsewhere --answer TOPIC=CHOICE says it, and without that the source
is refused and the choices are named.

Tables that were described in the window are known here too, by the mappings that
were saved there.

Whose a recording is, is asked so that nobody gets two codes: a source may be of
a person whom the study has. --participant CODE says it, --key lets people be
known again by name, and --answer participant=new says that it is a person of
whom the study holds nothing yet. Where nobody answers, the recordings get a code
of their own and an "identity" finding: no model is judged by participant until
"onsetctl participants FILE --settle CODE=CODE" says who it is.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if example {
				return words(0, 0, "nothing beside --example-map")(cmd, args)
			}
			return words(2, -1, "a study file and what to import")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if example {
				_, err := io.WriteString(t.out, codec.ExampleMapping())
				return err
			}
			o := codec.Options{Format: format, Zone: zone, Participant: dataset.ParticipantID(participant),
				Resolve: labeling.DefaultCatalogue().Resolve}
			if mapping != "" {
				m, err := codec.LoadMapping(mapping)
				if err != nil {
					return err
				}
				o.Mapping = m
			} else if format == "" {
				o.Mappings = t.savedMappings()
			}
			given, err := parseAnswers(answers)
			if err != nil {
				return err
			}
			o.Ask = t.asker(given)
			if signing != "" {
				key, err := os.ReadFile(signing)
				if err != nil {
					return fmt.Errorf("reading the signing key: %w", err)
				}
				o.SigningKey = strings.TrimSpace(string(key))
			}
			book, err := k.book()
			if err != nil {
				return err
			}
			if book != nil {
				o.Keys = book
			}
			told := false
			err = withStudy(cmd.Context(), args[0], false, func(s *dataset.Study) error {
				t.warnOfSync(s.Path())
				p := t.progress()
				report, err := codec.Import(cmd.Context(), s, args[1:], o, func(now codec.Progress) {
					p.show(share(now.Done, now.Total), fmt.Sprintf("%d sessions, reading %s", now.Sessions, now.Source))
				})
				p.end()
				if len(report.Imported) > 0 {
					if _, lerr := labeling.LearnExercises(cmd.Context(), s); err == nil {
						err = lerr
					}
				}
				// What became of each path is told in any case.
				told = true
				for _, m := range o.Mappings {
					if slices.ContainsFunc(report.Imported, func(s codec.ImportedSession) bool { return s.Format == "csv:"+m.Name }) {
						fmt.Fprintf(t.err, "onsetctl: read with the saved mapping %q\n", m.Name)
					}
				}
				if perr := t.print(report, func(w io.Writer) {
					if t.quiet && !verbose {
						writeTotals(w, report)
						return
					}
					writeReport(w, report, verbose)
				}); err == nil && perr != nil {
					return perr
				}
				if err != nil {
					return err
				}
				return t.tellRefused(report.Refused)
			})
			if book != nil {
				if kerr := book.Close(); err == nil {
					err = kerr
				}
			}
			if err != nil && !told && t.json {
				return errors.Join(err, t.print(notTried(args[1:], err), nil))
			}
			return err
		},
	}
	cmd.Flags().BoolVarP(&verbose, "verbose", "v", false, "tell every gap on a line of its own")
	cmd.Flags().StringVar(&format, "format", "", "read as this format instead of telling it by the content ("+strings.Join(codec.Formats(), ", ")+")")
	cmd.Flags().StringVar(&mapping, "map", "", "how to read delimited text: a mapping file (TOML)")
	cmd.Flags().BoolVar(&example, "example-map", false, "print a mapping with every common key explained")
	cmd.Flags().StringVar(&participant, "participant", "", "the study code of the person, such as P07 (default: the mapping's, the key file's, or asked)")
	k.add(cmd)
	cmd.Flags().StringVar(&signing, "signing-key-file", "", "a file with the key that signed recordings are checked with (Edge Impulse)")
	cmd.Flags().StringVar(&zone, "zone", "", "IANA time zone of sources that hold local time without one, such as Europe/Berlin")
	cmd.Flags().StringArrayVar(&answers, "answer", nil, "settle what a source leaves open: TOPIC=CHOICE, may be repeated")
	return cmd
}

// savedMappings are those that were saved in the window.
func (t *terminal) savedMappings() []*codec.Mapping {
	dir, err := app.DefaultDataDir()
	if err != nil {
		return nil // nowhere to have saved any
	}
	all, damaged := app.SavedMappings(dir)
	for _, err := range damaged {
		fmt.Fprintf(t.err, "onsetctl: a saved mapping is passed over: %v\n", err)
	}
	return all
}

// notTried is the report of an import that could not begin.
func notTried(paths []string, err error) codec.Report {
	report := codec.Report{Imported: []codec.ImportedSession{}, Refused: []codec.Refusal{}, Skipped: []string{}}
	for _, p := range paths {
		report.Refused = append(report.Refused, codec.Refusal{Source: p, Reason: "not tried: " + app.Explain(err).What})
	}
	return report
}

// tellRefused names every refused source, however quiet the import is to be, and
// ends it with exit code 1.
func (t *terminal) tellRefused(refused []codec.Refusal) error {
	if len(refused) == 0 {
		return nil
	}
	for _, r := range refused {
		fmt.Fprintf(t.err, "onsetctl: refused %s\n", r.Told(r.Source))
	}
	return errReported
}

func parseAnswers(list []string) (map[string]string, error) {
	given := make(map[string]string, len(list))
	for _, a := range list {
		topic, choice, ok := strings.Cut(a, "=")
		if !ok || topic == "" || choice == "" {
			return nil, usagef("--answer %q: want TOPIC=CHOICE", a)
		}
		given[topic] = choice
	}
	return given, nil
}

// errUnanswered refuses a source whose question nobody answered. The importer
// puts the question before it.
type errUnanswered struct{ q codec.Question }

func (e errUnanswered) Error() string {
	if strings.HasPrefix(e.q.Topic, codec.TopicParticipant) {
		return e.whose()
	}
	choices := make([]string, len(e.q.Choices))
	for i, c := range e.q.Choices {
		choices[i] = fmt.Sprintf("--answer %s=%s (%s)", e.q.Topic, c.Key, c.Text)
	}
	return "Say " + strings.Join(choices, " or ")
}

// whose lists codes in few words, for a study may have many.
func (e errUnanswered) whose() string {
	var codes []string
	for _, c := range e.q.Choices {
		if c.Key != codec.NewParticipant && c.Key != codec.EachParticipant && c.Key != codec.LeaveOpen {
			codes = append(codes, c.Key)
		}
	}
	if n := len(codes); n > 12 {
		codes = append(codes[:12], fmt.Sprintf("and %d more", n-12))
	}
	have := ""
	if len(codes) > 0 {
		have = " (" + strings.Join(codes, ", ") + ")"
	}
	return "Say --participant CODE with a code that the study has" + have + " or a new one, or --answer " + e.q.Topic + "=" + codec.NewParticipant + " for a new person under the next free code"
}

// asker answers questions from the command line, then at the keyboard where
// there is one, then not at all.
func (t *terminal) asker(given map[string]string) func(codec.Question) (string, error) {
	keyboard := isScreen(t.in) && isScreen(t.err)
	lines := bufio.NewReader(t.in)
	return func(q codec.Question) (string, error) {
		if text, ok := given[q.Topic]; ok {
			if choice, ok := choiceOf(q, text, false); ok {
				return choice, nil
			}
			return "", fmt.Errorf("%q is no answer: %w", text, errUnanswered{q})
		}
		if !keyboard {
			if q.Default != "" {
				return q.Default, nil
			}
			return "", errUnanswered{q}
		}
		return t.askAt(lines, q)
	}
}

// choiceOf reads an answer: the key of a choice, at the keyboard also its number or
// a new study code where that answers the question.
func choiceOf(q codec.Question, text string, typed bool) (string, bool) {
	for _, c := range q.Choices {
		if c.Key == text || typed && strings.EqualFold(c.Key, text) {
			return c.Key, true
		}
	}
	if !typed {
		return text, q.TakesCode && strings.HasPrefix(text, codec.NewCode("")) && text != codec.NewCode("")
	}
	if n, err := strconv.Atoi(text); err == nil {
		if n < 1 || n > len(q.Choices) {
			return "", false
		}
		return q.Choices[n-1].Key, true
	}
	return codec.NewCode(text), q.TakesCode && !dataset.ParticipantID(text).LooksLikeName()
}

// askAt asks at the keyboard until it understands; an empty line leaves the source
// out.
func (t *terminal) askAt(lines *bufio.Reader, q codec.Question) (string, error) {
	fmt.Fprintf(t.err, "%s: %s\n", q.Source, q.Text)
	if q.Person != "" {
		fmt.Fprintf(t.err, "  (the source calls the person %q)\n", q.Person)
	}
	for i, c := range q.Choices {
		fmt.Fprintf(t.err, "  %d  %s\n", i+1, c.Text)
	}
	prompt := "Number: "
	if q.TakesCode {
		prompt = "Number, or the code of a new person such as P07: "
	}
	for {
		fmt.Fprint(t.err, prompt)
		text, err := lines.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("reading the answer: %w", err)
		}
		if text = strings.TrimSpace(text); text == "" {
			return "", errUnanswered{q}
		}
		if choice, ok := choiceOf(q, text, true); ok {
			return choice, nil
		}
		if q.TakesCode {
			fmt.Fprintln(t.err, "That is neither a number of the list nor a study code: a code has a digit, no blank, and tells nothing of the person.")
			continue
		}
		fmt.Fprintln(t.err, "That is no number of the list.")
	}
}

// isScreen reports whether something is a terminal that a person sits at.
func isScreen(stream any) bool {
	f, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}
