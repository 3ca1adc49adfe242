package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"onset/training"
)

// section is one table of protocols.
type section struct {
	title, lead, prefix string
	takes               func(training.Config) bool
	// published are rows without a protocol of ours.
	published [][2]string
}

func (s section) has(name string, c training.Config) bool {
	return strings.HasPrefix(name, s.prefix) && s.takes(c)
}

func always(training.Config) bool { return true }

func leaveOneOut(c training.Config) bool { return c.Split.Folds == 0 }

func inFolds(c training.Config) bool { return c.Split.Folds != 0 }

// later reports a protocol that looks at windows after the judged one.
func later(c training.Config) bool { return c.Data.Person == training.PersonWindows }

var sections = []section{
	{"MEx, thigh accelerometer: the first second, 7 exercises, participants in 5 grouped folds", "", "mex-first-second",
		func(c training.Config) bool { return !later(c) }, nil},
	{"MEx: features scaled by all of a person's own windows", "These include windows that come later: not a result for the first second alone.", "mex-first-second", later, nil},
	{"MEx: 4 second windows with half overlap, participants in 5 grouped folds", "", "mex-4s", inFolds, nil},
	{"MEx: 4 second windows, leaving one person out at a time", "", "mex-4s", leaveOneOut,
		[][2]string{{"convolutional net", ".855 (.861)"}, {"convolutional and recurrent net", ".860 (.863)"}}},
	{"sp-sw-har, watch: the first second of four activities, participants in 5 grouped folds", "", "sp-sw-har", always, nil},
	{"UCI physical therapy: the first second of each template execution, one of 3 people held out at a time", `Three people can show that a protocol runs and what a model confuses. They can't support a claim about new people: Wilcoxon's
test on 3 pairs reaches no p below .25, and an interval over 3 people means next to nothing. With five units the way in which
they were strapped on gives the exercise away; a single unit is the fairer row.`, "uci", always, nil},
	{"Pebble, two days of arms of one person, each judged by a model of the other", `There is one participant, so "people" and "worst" are the accuracy again.`, "pebble", always, nil},
}

// published are the reference values of docs/results.md's sources: mean accuracy
// (macro-F1) over folds, all people of the set.
var published = map[string]string{
	"mex-first-second-forest": ".694 (.653)", "mex-first-second-knn": ".645 (.586)", "mex-first-second-svm-rbf": ".649 (.610)", "mex-first-second-mlp-features": ".653 (.609)",
	"mex-first-second-forest-samples": ".578 (.508)", "mex-first-second-mlp-samples": ".561 (.495)",
	"mex-4s-forest": ".808 (.801)", "mex-4s-knn": ".780 (.776)", "mex-4s-svm-rbf": ".797 (.792)", "mex-4s-mlp-features": ".792 (.790)",
	"mex-4s-svm-rbf-by-one":          ".824 (.818), repeated .816 (.815)",
	"sp-sw-har-first-second-svm-rbf": ".962 (.963)", "sp-sw-har-first-second-knn": ".961 (.959)", "sp-sw-har-first-second-forest": ".920 (.921)", "sp-sw-har-first-second-mlp": ".956 (.956)",
}

func (r *report) protocolTables() error {
	names, err := r.names("train-")
	if err != nil {
		return err
	}
	configs := map[string]training.Config{}
	for i, n := range names {
		names[i] = strings.TrimPrefix(n, "train-")
		text, err := os.ReadFile(filepath.Join(r.protocols, names[i]+".toml"))
		if os.IsNotExist(err) {
			continue // measured once, no protocol any more
		} else if err != nil {
			return err
		}
		if configs[names[i]], err = training.ParseConfig(text); err != nil {
			return fmt.Errorf("%s: %w", names[i], err)
		}
	}
	for _, s := range sections {
		if err := r.section(s, names, configs); err != nil {
			return err
		}
	}
	return nil
}

type row struct {
	name   string
	config training.Config
	result training.Result
}

func (r *report) section(s section, names []string, configs map[string]training.Config) error {
	var rows []row
	for _, n := range names {
		c, known := configs[n]
		if !known || !s.has(n, c) {
			continue
		}
		w := row{name: n, config: c}
		if _, err := r.read("train-"+n, &w.result); err != nil {
			return err
		}
		rows = append(rows, w)
	}
	if len(rows) == 0 {
		r.missing = append(r.missing, s.title)
		return nil
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		if a.result.Accuracy != b.result.Accuracy {
			if a.result.Accuracy > b.result.Accuracy {
				return -1
			}
			return 1
		}
		return strings.Compare(a.name, b.name)
	})
	first := rows[0].result
	r.printf("\n## %s\n", s.title)
	if s.lead != "" {
		r.printf("\n%s\n", s.lead)
	}
	r.printf("\nUnit: %s; %d windows of %s; always naming the most frequent class gives %.3f.\n\n", first.Unit, first.Windows, counted(len(first.Participants), "participant"), first.Chance)
	r.printf("| protocol | model | chosen inside | accuracy | macro-F1 | folds | people [95%%] | worst | ECE | processor | published |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, w := range rows {
		r.printf("| `%s` | %s | %s | %.3f | %.3f | %.3f (%.3f) | %s | %.3f | %.3f | %s | %s |\n", w.name, modelWords(w.config), chosenInside(w.config), w.result.Accuracy, w.result.MacroF1,
			w.result.FoldAccuracy, w.result.FoldMacroF1, interval(w.result.ParticipantAccuracy), w.result.ParticipantAccuracy.Min, w.result.ECE, r.processor("train-"+w.name), published[w.name])
	}
	for _, p := range s.published {
		r.printf("| | %s | | | | | | | | | %s |\n", p[0], p[1])
	}
	return nil
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// chosenInside says what inner folds decide on.
func chosenInside(c training.Config) string {
	switch {
	case c.Choose.Fixed == "" && len(c.Candidates) > 0:
		return fmt.Sprintf("one of %d", len(c.Candidates))
	case c.Fit.Validation == 0 && c.Fit.InnerFolds == 0:
		return "nothing"
	case c.Model.Kind == training.KindMLP || c.Model.Kind == training.KindCNN:
		return "epochs"
	}
	return "calibration"
}

var kinds = map[string]string{training.KindMLP: "perceptron", training.KindCNN: "convolutional net", training.KindForest: "random forest", training.KindExtraTrees: "extremely random trees",
	training.KindSVM: "RBF support vector machine", training.KindLinearSVM: "linear support vector machine", training.KindLogistic: "logistic regression", training.KindKNN: "nearest neighbours", training.KindRidge: "ridge"}

// modelWords describes a protocol's model.
func modelWords(c training.Config) string {
	if len(c.Candidates) > 0 {
		var alone, means int
		for _, k := range c.Candidates {
			if len(k.Average) > 0 {
				means++
			} else {
				alone++
			}
		}
		return fmt.Sprintf("%d competing models, %d means of them", alone, means)
	}
	m := c.Model
	words := kinds[m.Kind]
	if m.Kind == training.KindMLP {
		words += " " + strings.Trim(strings.Join(strings.Fields(fmt.Sprint(m.Layers)), "-"), "[]")
	}
	switch {
	case m.Input == training.InputBoth:
		words += ", random convolution kernels and features"
	case m.Input == training.InputKernels:
		words += ", random convolution kernels"
	case m.Input == training.InputRaw, m.Input != training.InputFeatures && (m.Kind == training.KindMLP || m.Kind == training.KindCNN):
		words += ", samples"
	case slices.Equal(m.Features, training.Selection{"reference"}):
		words += ", 11 features a channel"
	default:
		words += ", all features"
	}
	if c.Data.Orientation != training.OrientationSensor {
		words += ", " + c.Data.Orientation
	}
	if c.Augment.CropS > 0 {
		words += ", later windows too"
	}
	return words
}
