// Command results writes what scripts/results.sh measured as tables in Markdown.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"onset/training"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "results needs the folder of the measurements and that of the protocols")
		os.Exit(2)
	}
	r := report{w: os.Stdout, dir: os.Args[1], protocols: os.Args[2]}
	if err := r.write(); err != nil {
		fmt.Fprintln(os.Stderr, "results:", err)
		os.Exit(1)
	}
}

// report writes tables of the measurements in a folder.
type report struct {
	w              io.Writer
	dir, protocols string
	missing        []string
}

func (r *report) printf(format string, args ...any) { fmt.Fprintf(r.w, format, args...) }

func (r *report) write() error {
	r.printf(`# Measured tables

%s writes this file from the recordings, %s says what the numbers mean. A protocol is a config of
that name in %s. Every score is of windows whose people (Pebble: whose day) the model that judged them had
never seen. Accuracy and macro-F1 are over all held-out windows together (unit: window), "folds" is the mean over the outer
folds of accuracy (macro-F1), as the published rows are; "people" is the mean over participants, each counting the same, with a
95%% bootstrap interval over participants (unit: participant), "worst" the participant with the lowest accuracy. One run
with seed 0 in each row. Published rows are of all people of a set (MEx 30, sp-sw-har 23, UCI 5), of whom only some are
given here: they stand beside ours and are not of the same people.
`, "`make results`", "[results.md](results.md)", "`training/protocols`")
	for _, part := range []func() error{r.protocolTables, r.comparisons, r.curve, r.effects, r.stress, r.leak, r.searches, r.replays, r.scenarios} {
		if err := part(); err != nil {
			return err
		}
	}
	if len(r.missing) > 0 {
		r.printf("\n## Not measured\n\n%s.\n", strings.Join(r.missing, ", "))
	}
	return nil
}

// read decodes a measurement; one that isn't there is noted.
func (r *report) read(measured string, into any) (bool, error) {
	text, err := os.ReadFile(filepath.Join(r.dir, measured+".json"))
	if os.IsNotExist(err) {
		r.missing = append(r.missing, "`"+measured+"`")
		return false, nil
	} else if err != nil {
		return false, err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return false, fmt.Errorf("%s: %w", measured, err)
	}
	return true, nil
}

// names are the measurements that begin with a prefix.
func (r *report) names(prefix string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(r.dir, prefix+"*.json"))
	for i, f := range files {
		files[i] = name(f)
	}
	return files, err
}

func name(file string) string {
	return strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
}

// processor is the processor's seconds that a measurement took.
func (r *report) processor(measured string) string {
	text, err := os.ReadFile(filepath.Join(r.dir, measured+".cpu"))
	if err != nil {
		return ""
	}
	sum := 0.0
	for _, field := range strings.Fields(string(text)) {
		if v, err := strconv.ParseFloat(field, 64); err == nil {
			sum += v
		}
	}
	return fmt.Sprintf("%.0f s", sum)
}

// interval is a spread's mean with its interval.
func interval(s training.Spread) string {
	if s.CI == nil {
		return fmt.Sprintf("%.3f", s.Mean)
	}
	return fmt.Sprintf("%.3f [%.3f, %.3f]", s.Mean, s.CI.Lo, s.CI.Hi)
}

func (r *report) comparisons() error {
	names, err := r.names("compare-")
	if err != nil || len(names) == 0 {
		return err
	}
	r.printf("\n## Pairs on the same people\n\nB is the nested best, A the other. Unit: participant; differences are B minus A.\n")
	for _, name := range names {
		var c training.Comparison
		if _, err := r.read(name, &c); err != nil {
			return err
		}
		if c.Tests == nil {
			r.printf("\n- A is `%s`: accuracy %.3f on %d windows, B %.3f on %d. Not tested: %s\n", strings.TrimPrefix(name, "compare-"), c.A.Accuracy, c.A.N, c.B.Accuracy, c.B.N, c.Caution)
			continue
		}
		said := c.Tests.Saying
		if c.Caution != "" {
			said = append(said, c.Caution)
		}
		r.printf("\n- A is `%s`: accuracy %.3f, B %.3f, on %d participants. %s\n", strings.TrimPrefix(name, "compare-"), c.A.Accuracy, c.B.Accuracy,
			len(c.Participants), strings.Join(said, " "))
	}
	return nil
}

func (r *report) curve() error {
	var c training.OnsetCurve
	if ok, err := r.read("curve-mex", &c); !ok {
		return err
	}
	r.printf("\n## MEx: accuracy by the seconds seen\n\n`mex-onset-curve`; chance %.3f; unit: %s.\n\n| seconds | windows | accuracy | macro-F1 | people [95%%] | ECE |\n| --- | --- | --- | --- | --- | --- |\n", c.Chance, c.Unit)
	for _, p := range c.Points {
		r.printf("| %g | %d | %.3f | %.3f | %s | %.3f |\n", p.Seconds, p.Windows, p.Accuracy, p.MacroF1, interval(p.ParticipantAccuracy), p.ECE)
	}
	return nil
}

func (r *report) effects() error {
	var e training.Effects
	if ok, err := r.read("effects-mex", &e); !ok {
		return err
	}
	r.printf("\n## MEx: augmentation and invariance, one at a time\n\n`mex-first-second-ridge`, on %s. Gain: participants' accuracy over the config as it is; p by Wilcoxon's test, not corrected for the number of rows.\n\n| switched on | setting | accuracy | macro-F1 | gain [95%%] | p |\n| --- | --- | --- | --- | --- | --- |\n", e.Unit)
	r.printf("| as it is | | %.3f | %.3f | | |\n", e.Base.Accuracy, e.Base.MacroF1)
	for _, f := range e.Effects {
		if f.Skipped != "" {
			r.printf("| %s | %s | | | %s | |\n", f.Name, f.Setting, f.Skipped)
			continue
		}
		p := ""
		if f.Test != nil {
			p = fmt.Sprintf("%.3g", f.Test.P)
		}
		r.printf("| %s | `%s` | %.3f | %.3f | %s | %s |\n", f.Name, f.Setting, f.Accuracy, f.MacroF1, interval(*f.Gain), p)
	}
	return nil
}

func (r *report) stress() error {
	r.printf("\n## Moved onsets and shuffled labels\n")
	for _, s := range []struct{ name, what string }{
		{"stress-mex", "MEx, `mex-onset-curve`"},
		{"stress-mex-nested", "MEx, `mex-first-second`: the shuffled labels choose between competing models on inner folds, too"},
		{"stress-sp-sw-har", "sp-sw-har, `sp-sw-har-first-second-kernels`"},
	} {
		var t training.Stress
		if ok, err := r.read(s.name, &t); err != nil {
			return err
		} else if !ok {
			continue
		}
		r.printf("\n%s; unit: %s.\n", s.what, t.Unit)
		if len(t.Shifts) > 0 {
			r.printf("\n| judged windows moved by | windows | accuracy | macro-F1 | accuracy in their places |\n| --- | --- | --- | --- | --- |\n")
		}
		for _, p := range t.Shifts {
			if p.Windows == 0 {
				r.printf("| %+.0f ms | 0 | | | |\n", 1000*p.Seconds)
				continue
			}
			if p.Windows == 0 {
				r.printf("| %+.0f ms | 0 | %s | | |\n", 1000*p.Seconds, p.Why)
				continue
			}
			r.printf("| %+.0f ms | %d | %.3f | %.3f | %.3f |\n", 1000*p.Seconds, p.Windows, *p.Accuracy, *p.MacroF1, *p.SameAccuracy)
		}
		r.printf("\n| labels shuffled, seed | windows | accuracy | guessing, 95%% of the time | above guessing |\n| --- | --- | --- | --- | --- |\n")
		for _, p := range t.Shuffled {
			above := "no"
			if !p.Within {
				above = "YES: labels leak"
			}
			r.printf("| %d | %d | %.3f | %.3f, %.3f to %.3f | %s |\n", p.Seed, p.Windows, p.Accuracy, p.Chance, p.Guessing.Lo, p.Guessing.Hi, above)
		}
	}
	return nil
}

func (r *report) leak() error {
	text, err := os.ReadFile(filepath.Join(r.dir, "leak.txt"))
	if os.IsNotExist(err) {
		r.missing = append(r.missing, "the planted leak")
		return nil
	} else if err != nil {
		return err
	}
	said := strings.TrimPrefix(strings.TrimSpace(string(text)), "onsetctl: ")
	r.printf("\n## A planted leak\n\nPerson 03's recordings once more, a year later, under another code and with noise of half a thousandth of g, so that no two\nvalues are the same; then `onsetctl train --config mex-first-second-forest.toml`:\n\n> %s\n", said)
	return nil
}

func (r *report) searches() error {
	names, err := r.names("search-")
	if err != nil || len(names) == 0 {
		r.missing = append(r.missing, "searches")
		return err
	}
	r.printf("\n## Does the search beat the hand-made net?\n\nMEx, first second. Each outer fold has a search of its own that never saw its people, and they judge once: what it found, and its\nfirst candidate, which is the default net with the search's own seed. Accuracy and macro-F1 are over the held-out windows of all outer\nfolds, found and first; the difference is of participants' macro-F1 (Hodges-Lehmann, Wilcoxon's test).\n\n")
	r.printf("| search | candidates a fold | people | accuracy | macro-F1 | difference by participant | p | only found right / only first | processor |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, name := range names {
		var s training.SearchResult
		if _, err := r.read(name, &s); err != nil {
			return err
		}
		for _, j := range s.Judged {
			difference, p, sets := "", "", ""
			if t := j.Tests; t != nil { // B is the search
				difference, p = fmt.Sprintf("%+.3f", t.MacroF1.Median), fmt.Sprintf("%.3g", t.MacroF1.P)
				if t.McNemar != nil {
					sets = fmt.Sprintf("%d / %d", t.McNemar.OnlyB, t.McNemar.OnlyA)
				}
			}
			r.printf("| `%s` | %d | %d | %.3f against %.3f | %.3f against %.3f | %s | %s | %s | %s |\n", strings.TrimPrefix(name, "search-"), len(s.Tracks[0].Trials), len(j.Searched.Participants),
				j.Searched.Accuracy, j.Default.Accuracy, j.Searched.MacroF1, j.Default.MacroF1, difference, p, sets, r.processor(name))
		}
	}
	return nil
}
