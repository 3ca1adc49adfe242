// Command results writes what scripts/results.sh measured as tables in Markdown.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"onset/training"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "results needs the folder of the measurements")
		os.Exit(2)
	}
	if err := write(os.Stdout, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "results:", err)
		os.Exit(1)
	}
}

func write(w io.Writer, dir string) error {
	fmt.Fprintln(w, "# Measured tables")
	fmt.Fprintln(w, "\n`make results` writes this file; docs/results.md says what the numbers mean. Seed 0. Accuracy and macro-F1 are over all\nheld-out windows (unit: window); people is the mean over participants with its 95% bootstrap interval (unit: participant).")
	for _, part := range []struct {
		pattern string
		write   func(io.Writer, string, []byte) error
		head    string
	}{
		{"train-*.json", trainRow, "\n## Protocols\n\n| protocol | windows | people | accuracy | macro-F1 | people [95%] | worst | kappa | ECE |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"},
		{"curve-*.json", curveTable, "\n## Onset curves\n"},
		{"effects-*.json", effectsTable, "\n## Augmentation and invariance, one at a time\n"},
		{"stress-*.json", stressTable, "\n## Moved onsets and shuffled labels\n"},
		{"search-*.json", searchTable, "\n## Searches\n"},
	} {
		files, err := filepath.Glob(filepath.Join(dir, part.pattern))
		if err != nil {
			return err
		}
		for i, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				return err
			}
			if i == 0 {
				fmt.Fprint(w, part.head)
			}
			name := strings.TrimSuffix(filepath.Base(f), ".json")
			name = name[strings.Index(name, "-")+1:]
			if err := part.write(w, name, text); err != nil {
				return fmt.Errorf("%s: %w", f, err)
			}
		}
	}
	return nil
}

// interval is a spread's mean with its interval.
func interval(s training.Spread) string {
	if s.CI == nil {
		return fmt.Sprintf("%.3f", s.Mean)
	}
	return fmt.Sprintf("%.3f [%.3f, %.3f]", s.Mean, s.CI.Lo, s.CI.Hi)
}

func trainRow(w io.Writer, name string, text []byte) error {
	var r training.Result
	if err := json.Unmarshal(text, &r); err != nil {
		return err
	}
	fmt.Fprintf(w, "| `%s` | %d | %d | %.3f | %.3f | %s | %.3f | %.3f | %.3f |\n", name, r.Windows, len(r.Participants), r.Accuracy, r.MacroF1,
		interval(r.ParticipantAccuracy), r.ParticipantAccuracy.Min, r.Kappa, r.ECE)
	return nil
}

func curveTable(w io.Writer, name string, text []byte) error {
	var c training.OnsetCurve
	if err := json.Unmarshal(text, &c); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%s; chance %.3f; unit: %s.\n\n| seconds | windows | accuracy | macro-F1 | people [95%%] | ECE |\n| --- | --- | --- | --- | --- | --- |\n", name, c.Chance, c.Unit)
	for _, p := range c.Points {
		fmt.Fprintf(w, "| %g | %d | %.3f | %.3f | %s | %.3f |\n", p.Seconds, p.Windows, p.Accuracy, p.MacroF1, interval(p.ParticipantAccuracy), p.ECE)
	}
	return nil
}

func effectsTable(w io.Writer, name string, text []byte) error {
	var e training.Effects
	if err := json.Unmarshal(text, &e); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%s, on %s. Gain: participants' accuracy over the config as it is.\n\n| switched on | setting | accuracy | macro-F1 | gain [95%%] | p |\n| --- | --- | --- | --- | --- | --- |\n", name, e.Unit)
	fmt.Fprintf(w, "| as it is | | %.3f | %.3f | | |\n", e.Base.Accuracy, e.Base.MacroF1)
	for _, f := range e.Effects {
		if f.Skipped != "" {
			fmt.Fprintf(w, "| %s | %s | | | %s | |\n", f.Name, f.Setting, f.Skipped)
			continue
		}
		p := ""
		if f.Test != nil {
			p = fmt.Sprintf("%.3g", f.Test.P)
		}
		fmt.Fprintf(w, "| %s | `%s` | %.3f | %.3f | %s | %s |\n", f.Name, f.Setting, f.Accuracy, f.MacroF1, interval(*f.Gain), p)
	}
	return nil
}

func stressTable(w io.Writer, name string, text []byte) error {
	var s training.Stress
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%s, on %s.\n\n| onset moved by | windows | accuracy | macro-F1 | unmoved, same windows |\n| --- | --- | --- | --- | --- |\n", name, s.Unit)
	for _, p := range s.Shifts {
		fmt.Fprintf(w, "| %+.0f ms | %d | %.3f | %.3f | %.3f |\n", 1000*p.Seconds, p.Windows, p.Accuracy, p.MacroF1, p.SameAccuracy)
	}
	for _, p := range s.Shuffled {
		fmt.Fprintf(w, "\nShuffled labels: accuracy %.3f on %d windows; guessing gives %.3f, 95%% of the time %.3f to %.3f.\n", p.Accuracy, p.Windows, p.Chance, p.Guessing.Lo, p.Guessing.Hi)
	}
	return nil
}

func searchTable(w io.Writer, name string, text []byte) error {
	var r training.SearchResult
	if err := json.Unmarshal(text, &r); err != nil {
		return err
	}
	for _, j := range r.Judged {
		fmt.Fprintf(w, "\n%s, %d outer folds, on %s, %.0f s.\n\n| | accuracy | macro-F1 | people [95%%] |\n| --- | --- | --- | --- |\n", name, len(j.Searched.Folds), j.Searched.Unit, r.Seconds)
		fmt.Fprintf(w, "| what the search found | %.3f | %.3f | %s |\n", j.Searched.Accuracy, j.Searched.MacroF1, interval(j.Searched.ParticipantAccuracy))
		fmt.Fprintf(w, "| the first candidate | %.3f | %.3f | %s |\n", j.Default.Accuracy, j.Default.MacroF1, interval(j.Default.ParticipantAccuracy))
		if j.Tests != nil {
			fmt.Fprintf(w, "\nA is the first candidate, B the search. %s\n", strings.Join(j.Tests.Saying, " "))
		}
	}
	return nil
}
