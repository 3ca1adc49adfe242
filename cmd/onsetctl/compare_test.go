package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onset/training"
)

func TestModelsAreComparedAndWrittenAsTablesAndFigures(t *testing.T) {
	t.Parallel()
	study, dir := sampleStudy(t), t.TempDir()
	var models []string
	for i, kind := range []string{"knn", "forest", "ridge"} {
		config := filepath.Join(dir, fmt.Sprintf("%d.toml", i))
		writeFile(t, config, fmt.Appendf(nil, "[data]\nsensor_set = \"any\"\nrate_hz = 25\n[model]\nkind = %q\nfeatures = [\"reference\"]\ntrees = 10\n[split]\nfolds = 3\n", kind))
		models = append(models, must[training.Result](t, "train", study, "--config", config).Model)
	}
	table, latex, svg := filepath.Join(dir, "t.csv"), filepath.Join(dir, "t.tex"), filepath.Join(dir, "f.svg")
	r := must[training.Ranking](t, append([]string{"compare", study, "--csv", table, "--latex", latex, "--figure", svg}, models...)...)
	if len(r.Models) != 3 || len(r.Pairs) != 3 || r.Pairs[0].Test.SmallestP == 0 {
		t.Errorf("%+v", r)
	}
	for path, want := range map[string]string{table: "mean rank,", latex: `\begin{tabular}{lrrr}`, svg: "critical difference"} {
		text, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s has no %q (%v): %.200s", path, want, err, text)
		}
	}
	text, _ := os.ReadFile(table)
	if lines := strings.Count(string(text), "\n"); lines != len(r.Participants)+2 {
		t.Errorf("%d lines for %d participants", lines, len(r.Participants))
	}
	two := ctl(t, "compare", study, models[0], models[1])
	for _, want := range []string{"Wilcoxon signed-rank p", "McNemar", "Over the folds", "is possible.", "macro-F1 A", "macro-F1, over windows", "mean over "} {
		if two.code != exitOK || !strings.Contains(two.out, want) {
			t.Errorf("no %q in %s%s", want, two.out, two.err)
		}
	}
	again := must[training.Result](t, "train", study, "--config", filepath.Join(dir, "0.toml")).Model
	r = must[training.Ranking](t, append([]string{"compare", study, again}, models...)...)
	if len(r.Models) != 3 || len(r.Repeats) != 1 || r.Repeats[0].Of != again {
		t.Errorf("a model trained twice counts twice: %d models, %+v", len(r.Models), r.Repeats)
	}
	if o := ctl(t, append([]string{"compare", study, again}, models...)...); !strings.Contains(o.out, "Counted once") {
		t.Errorf("the repeat is not said: %s", o.out)
	}
	if o := ctl(t, "models", study); !strings.Contains(o.out, "accuracy, over windows") || !strings.Contains(o.out, "judged by") {
		t.Errorf("scores without their units: %s", o.out)
	}
}
