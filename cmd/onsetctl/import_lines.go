package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"

	"onset/dataset"
	"onset/dataset/codec"
)

func writeReport(w io.Writer, report codec.Report, all bool) {
	rows := [][]string{{"session", "participant", "format", "recordings", "samples", "seconds", "source"}}
	for _, s := range report.Imported {
		rows = append(rows, []string{
			string(s.Session), string(s.Participant), s.Format, strconv.Itoa(s.Recordings),
			strconv.FormatInt(s.Samples, 10), fixed(s.DurationS, 1), s.Source,
		})
	}
	if len(rows) > 1 {
		table(w, rows)
	}
	var told []toldLine
	for _, s := range report.Imported {
		for _, line := range findingLines(s.Findings, all) {
			told = append(told, toldLine{string(s.Session), line})
		}
	}
	for _, line := range foldLines(told, all) {
		fmt.Fprintln(w, line)
	}
}

// writeTotals is the report of an import in one line, for who asked for quiet.
func writeTotals(w io.Writer, report codec.Report) {
	findings := 0
	for _, s := range report.Imported {
		findings += len(s.Findings)
	}
	fmt.Fprintf(w, "%s imported, %d refused, %s\n", counted(len(report.Imported), "session"), len(report.Refused), counted(findings, "finding"))
}

// toldLine is a line about a session.
type toldLine struct{ session, text string }

// foldLines tells what is the same of several sessions once, where the first of
// them is, and what differs in its numbers alone once for many.
func foldLines(lines []toldLine, all bool) []string {
	if all {
		var out []string
		for _, l := range lines {
			out = append(out, l.session+" at "+l.text)
		}
		return out
	}
	same, alike := map[string]int{}, map[string]int{}
	for _, l := range lines {
		if same[l.text]++; same[l.text] == 1 {
			alike[withoutNumbers(l.text)]++
		}
	}
	var out []string
	seen, seenAlike := map[string]bool{}, map[string]bool{}
	for _, l := range lines {
		shape := withoutNumbers(l.text)
		if seen[l.text] || seenAlike[shape] && alike[shape] >= groupedFrom {
			continue
		}
		seen[l.text], seenAlike[shape] = true, true
		text := l.session + " at " + l.text
		switch n := same[l.text] - 1; {
		case alike[shape] >= groupedFrom:
			more := -1
			for _, other := range lines {
				if withoutNumbers(other.text) == shape {
					more++
				}
			}
			text += fmt.Sprintf(" ... and the same with other numbers %d more times (--verbose or --json tells all)", more)
		case n > 0:
			text += " ... and the same for " + counted(n, "more session")
		}
		out = append(out, text)
	}
	return out
}

// withoutNumbers is a sentence with every number as #.
func withoutNumbers(text string) string {
	var b strings.Builder
	number := false
	for _, r := range text {
		digit := unicode.IsDigit(r)
		switch {
		case digit && number, number && (r == '.' || r == ',' || r == ':'):
			continue
		case digit:
			b.WriteByte('#')
		default:
			b.WriteRune(r)
		}
		number = digit
	}
	return b.String()
}

// groupedFrom is how many findings of one kind are told as one, but for those
// that differ from each other in more than their place.
const groupedFrom = 4

// findingLines writes findings, each with its moment. Many gaps or steps of the
// clock become one line that names the longest, unless all are wanted.
func findingLines(findings []codec.Finding, all bool) []string {
	line := func(f codec.Finding) string { return fixed(f.AtS, 2) + " s: " + f.Message }
	groups := map[string][]codec.Finding{}
	for _, f := range findings {
		groups[f.Kind] = append(groups[f.Kind], f)
	}
	var out []string
	for _, f := range findings {
		group := groups[f.Kind]
		longest, total := f, 0.0
		for _, g := range group {
			total += g.LengthS
			if g.LengthS > longest.LengthS {
				longest = g
			}
		}
		switch {
		case all || len(group) < groupedFrom || f.Kind != dataset.FindingGap:
			out = append(out, line(f))
		case f == group[0]:
			out = append(out, fmt.Sprintf("%s s: %d gaps of %s s in all, the first here, the longest of %s s at %s s: %s (--verbose or --json tells all)",
				fixed(f.AtS, 2), len(group), fixed(total, 2), fixed(longest.LengthS, 2), fixed(longest.AtS, 2), longest.Message))
		}
	}
	return out
}
