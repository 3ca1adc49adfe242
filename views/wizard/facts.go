package wizard

import (
	"math"
	"strconv"
	"strings"
	"time"

	"fyne.io/fyne/v2/lang"

	"onset/dataset"
	"onset/dataset/codec"
	"onset/views/words"
)

// gapWords counts the gaps of the rows tried and names the longest.
func gapWords(t *codec.Trial) string {
	if len(t.Gaps) == 0 {
		return lang.L("none")
	}
	longest := 0.0
	for _, g := range t.Gaps {
		longest = max(longest, g.To-g.From)
	}
	return lang.L("{{.N}}, up to {{.Length}}", map[string]any{"N": words.Count(int64(len(t.Gaps))), "Length": short(longest)})
}

// short is a length of time in a few letters.
func short(seconds float64) string {
	if seconds < 60 {
		return plain(math.Round(seconds*100)/100) + " s"
	}
	return words.Total(seconds)
}

// startWords is when the first row was taken, in the zone said.
func (w *Wizard) startWords(t *codec.Trial) string {
	if t.Start == 0 {
		return lang.L("no day known")
	}
	at := time.Unix(0, t.Start).UTC()
	if w.draft.local() {
		place, err := time.LoadLocation(strings.TrimSpace(w.draft.zone))
		if err != nil || w.draft.zone == "" {
			return lang.L("{{.Time}}, no zone", map[string]any{"Time": at.Format("2006-01-02 15:04")})
		}
		return time.Date(at.Year(), at.Month(), at.Day(), at.Hour(), at.Minute(), at.Second(), 0, place).Format("2006-01-02 15:04 -07:00")
	}
	return at.Format("2006-01-02 15:04") + " UTC"
}

// findings sums up what is odd in the rows tried.
func (w *Wizard) findings(t *codec.Trial) string {
	var lines []string
	for _, doubt := range w.draft.unitDoubts(w.table) {
		lines = append(lines, "⚠ "+doubt)
	}
	for _, g := range words.GroupFindings(append([]dataset.Finding(nil), t.Findings...)) {
		lines = append(lines, words.Upper(words.FindingWord(g.Kind))+": "+g.Summary())
	}
	if len(lines) == 0 {
		return lang.L("Nothing odd in these rows.")
	}
	return strings.Join(lines, "  ")
}

// plain writes a number of the file with few digits.
func plain(v float64) string { return strconv.FormatFloat(v, 'g', 5, 64) }
