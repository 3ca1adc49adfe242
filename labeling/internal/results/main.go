// Command results measures the program's suggestions against the hand labels in
// labeling/testdata/hand and writes what it found into docs/results.md, between
// its two markers. The recordings are not part of the project.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"onset/dataset"
	"onset/dataset/codec"
	"onset/labeling"
	"onset/labeling/agreement"
	"onset/labeling/interchange"
)

const (
	begin = "<!-- suggestions: written by make results -->"
	end   = "<!-- suggestions end -->"
)

func main() {
	data := flag.String("data", "../shared/data", "folder with the recordings")
	hand := flag.String("hand", "labeling/testdata/hand", "folder with the hand labels, one file for each session")
	out := flag.String("out", "docs/results.md", "document to be brought up to date")
	flag.Parse()
	if err := run(context.Background(), *data, *hand, *out); err != nil {
		fmt.Fprintln(os.Stderr, "results:", err)
		os.Exit(1)
	}
}

// measured is one session's suggestions held against its hand labels.
type measured struct {
	session       string
	hand, found   int
	missed, false int
	minutes       float64   // of recording, pauses between recordings not counted
	errors        []float64 // suggested minus hand-labelled onset, seconds
}

func run(ctx context.Context, data, hand, out string) error {
	files, err := filepath.Glob(filepath.Join(hand, "*.csv"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("no hand labels in %s: %w", hand, err)
	}
	var list []measured
	for _, file := range files {
		m, err := measure(ctx, filepath.Join(data, "muvr", "pebble-sessions", strings.TrimSuffix(filepath.Base(file), ".csv")), file)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		list = append(list, m)
	}
	text := table(list)
	fmt.Print(text)
	return replace(out, text)
}

// measure imports a session into a study of its own and compares.
func measure(ctx context.Context, folder, file string) (m measured, err error) {
	dir, err := os.MkdirTemp("", "onset-results-")
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	s, err := dataset.Create(ctx, filepath.Join(dir, "results.onset"), dataset.Options{Program: "results"})
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	report, err := codec.Import(ctx, s, []string{folder}, codec.Options{Participant: "P01"}, nil)
	if err != nil || len(report.Imported) != 1 {
		return m, fmt.Errorf("importing %s gave %d sessions: %w", folder, len(report.Imported), err)
	}
	summaries, err := s.Sessions(ctx)
	if err != nil {
		return m, err
	}
	v, err := s.Session(ctx, summaries[0].ID)
	if err != nil {
		return m, err
	}
	truth, until, err := handLabels(file)
	if err != nil {
		return m, err
	}
	r := v.Recordings[0]
	axes := make([][]float64, 3)
	for i := range axes {
		axes[i] = make([]float64, r.Samples)
		if _, err := s.ReadSamples(ctx, r.Channels[i].ID, 0, axes[i]); err != nil {
			return m, err
		}
	}
	m = measured{session: filepath.Base(folder), hand: len(truth), minutes: recorded(r, until) / 60}
	var found []agreement.Event
	for _, g := range labeling.Suggest(axes, r.Clock, labeling.DefaultSuggest()) {
		if e := (agreement.Event{Start: r.Clock.Time(g.Start), End: r.Clock.End(g.End)}); e.Start < until {
			found = append(found, e)
		}
	}
	m.compare(truth, found)
	return m, nil
}

// handLabels reads the onsets and ends, and the moment up to which the session
// was labelled: what comes later was not looked at.
func handLabels(file string) (events []agreement.Event, until float64, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	format, err := interchange.ByName("csv")
	if err != nil {
		return nil, 0, err
	}
	d, _, err := format.Import(f, interchange.Document{})
	if err != nil {
		return nil, 0, err
	}
	for _, s := range d.Spans {
		events = append(events, agreement.Event{Start: s.StartS, End: s.EndS})
		until = max(until, s.EndS)
	}
	return events, until + 1, nil
}

// recorded is how many seconds up to a moment hold samples.
func recorded(r dataset.Recording, until float64) float64 {
	n := r.Clock.Sample(until, r.Samples)
	total := 0.0
	for i, s := range r.Clock.Segments {
		last := n
		if i+1 < len(r.Clock.Segments) {
			last = min(last, r.Clock.Segments[i+1].First)
		}
		total += float64(max(last-s.First, 0)) / s.Rate
	}
	return total
}

// compare matches each hand label with the suggestion that covers most of it.
// A hand label that none covers for half of its length is missed; a suggestion
// that covers half of no hand label is false.
func (m *measured) compare(truth, found []agreement.Event) {
	used := make([]bool, len(found))
	for _, t := range truth {
		best, most := -1, 0.0
		for i, f := range found {
			if common := min(t.End, f.End) - max(t.Start, f.Start); common > most {
				best, most = i, common
			}
		}
		if best < 0 || most < (t.End-t.Start)/2 {
			m.missed++
			continue
		}
		used[best] = true
		m.found++
		m.errors = append(m.errors, found[best].Start-t.Start)
	}
	for i := range found {
		if !used[i] {
			m.false++
		}
	}
}

func table(list []measured) string {
	var b strings.Builder
	b.WriteString("| session | hand labels | found | missed a minute | false a minute | onset error, median | 90th centile | signed, median |\n")
	b.WriteString("| --- | --- | --- | --- | --- | --- | --- | --- |\n")
	all := measured{session: "all"}
	for _, m := range list {
		all.hand, all.found, all.missed, all.false = all.hand+m.hand, all.found+m.found, all.missed+m.missed, all.false+m.false
		all.minutes += m.minutes
		all.errors = append(all.errors, m.errors...)
	}
	for _, m := range append(slices.Clone(list), all) {
		absolute := make([]float64, len(m.errors))
		for i, e := range m.errors {
			absolute[i] = math.Abs(e)
		}
		fmt.Fprintf(&b, "| %s | %d | %d | %.2f | %.2f | %.2f s | %.2f s | %+.2f s |\n", m.session, m.hand, m.found,
			float64(m.missed)/m.minutes, float64(m.false)/m.minutes,
			agreement.Quantile(absolute, 0.5), agreement.Quantile(absolute, 0.9), agreement.Quantile(m.errors, 0.5))
	}
	return b.String()
}

func replace(path, text string) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(raw), begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		return fmt.Errorf("%s lacks the markers of the suggestions", path)
	}
	return os.WriteFile(path, []byte(before+begin+"\n"+text+end+after), 0o644)
}
