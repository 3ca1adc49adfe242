package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"

	"onset/dataset"
	"onset/replay"
	"onset/training"
)

// ablate judges every source and combination of sources on held-out sets.
func ablate(ctx context.Context, t *terminal, file, config, form string, o replay.AblationOptions) error {
	writers := map[string]func(*replay.Ablation, io.Writer) error{"csv": (*replay.Ablation).WriteCSV, "latex": (*replay.Ablation).WriteLaTeX, "svg": (*replay.Ablation).WriteSVG}
	if form != "" && writers[form] == nil {
		return usagef("--table is csv, latex or svg, not %q", form)
	}
	if o.Protocol != replay.LeaveSessionOut && o.Protocol != replay.LeaveParticipantOut {
		return usagef("--protocol is %s or %s, not %q", replay.LeaveSessionOut, replay.LeaveParticipantOut, o.Protocol)
	}
	if config != "" {
		text, err := os.ReadFile(config)
		if err != nil {
			return fmt.Errorf("reading the training config: %w", err)
		}
		cfg, err := training.ParseConfig(text)
		if err != nil {
			return fmt.Errorf("%s: %w", config, err)
		}
		o.Config = &cfg
	}
	return withStudy(ctx, file, true, func(s *dataset.Study) error {
		p := t.progress()
		o.Observe = func(done, total float64) {
			p.show(done/max(total, 1), fmt.Sprintf("fold %.0f of %.0f", min(math.Floor(done)+1, total), total))
		}
		a, err := replay.Ablate(ctx, s, o)
		p.end()
		if err != nil {
			return err
		}
		if form != "" {
			return writers[form](a, t.out)
		}
		return t.print(a, func(w io.Writer) { writeAblation(w, a) })
	})
}

// writeFitted says which weights were fitted and which stayed where they start.
func writeFitted(w io.Writer, a *replay.Ablation) {
	fmt.Fprintln(w)
	rows := [][]string{append([]string{"held out", "fitted on"}, replay.SourceNames()...)}
	for _, f := range a.Weights {
		row := []string{f.HeldOut, fmt.Sprintf("%d sets", f.Fitted)}
		for _, name := range replay.SourceNames() {
			cell := fixed(f.Weights[name], 2)
			if f.Spoke[name] == 0 {
				cell += " (start)"
			}
			row = append(row, cell)
		}
		rows = append(rows, row)
	}
	table(w, rows)
	fmt.Fprintln(w, "(start): the source said nothing in any held-out set that was learnt from, so its weight is where it starts.")
}

func writeAblation(w io.Writer, a *replay.Ablation) {
	for _, n := range a.Notes {
		fmt.Fprintln(w, n)
	}
	fmt.Fprintf(w, "%d sets, %s; intervals are 95%%, over whole units: %s.\n\n", a.N, a.Protocol, a.Unit)
	rows := [][]string{{"sources", "accuracy", "from", "to", "no answer", "no evidence"}}
	for _, s := range a.Table {
		row := []string{strings.Join(s.Sources, " + "), fixed(s.Accuracy, 3), fixed(s.Interval[0], 3), fixed(s.Interval[1], 3), strconv.Itoa(s.NoAnswer), strconv.Itoa(s.NoEvidence)}
		if s.Silent() { // no score, not a score of 0
			copy(row[1:], []string{"no evidence", "", ""})
		}
		rows = append(rows, row)
	}
	table(w, rows)
	fmt.Fprintln(w, "No answer (no evidence, or no exercise above all others) counts as not right.")
	writeFitted(w, a)
	fmt.Fprintln(w)
	rows = [][]string{{"adding", "to", "gains", "from", "to"}}
	for _, d := range a.Steps {
		rows = append(rows, []string{d.A[len(d.A)-1], strings.Join(d.B, " + "), fixed(d.Mean, 3), fixed(d.Interval[0], 3), fixed(d.Interval[1], 3)})
	}
	table(w, rows)
	fmt.Fprintln(w)
	rows = [][]string{{"all together minus", "difference", "from", "to", "only all right", "only this right"}}
	for _, d := range a.Paired {
		rows = append(rows, []string{strings.Join(d.B, " + "), fixed(d.Mean, 3), fixed(d.Interval[0], 3), fixed(d.Interval[1], 3),
			strconv.Itoa(d.OnlyA), strconv.Itoa(d.OnlyB)})
	}
	table(w, rows)
}
