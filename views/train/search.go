package train

import (
	"strconv"
	"strings"

	"fyne.io/fyne/v2/lang"

	"onset/training"
)

// searchConfig is the search that the form would start: from the net that is
// set, for so many minutes. Text with a table [search] says everything itself.
func (f *form) searchConfig() (training.SearchConfig, error) {
	if f.asText && isSearch(f.text.Text) {
		return training.ParseSearch([]byte(f.text.Text))
	}
	c := training.DefaultSearch()
	base, err := f.config()
	if err != nil {
		return c, err
	}
	inner, choose := c.Fit.InnerFolds, c.Choose
	c.Config = base
	c.Choose = choose
	c.Fit.InnerFolds = max(base.Fit.InnerFolds, inner)
	c.Search.Outer = base.Split.Folds
	c.Search.ShortestS = min(c.Search.ShortestS, base.Data.WindowS)
	minutes, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(f.minutes.Text), ",", ".", 1), 64)
	if err != nil {
		return c, &fieldError{lang.L("Minutes"), lang.L("{{.Text}} is not a number", map[string]any{"Text": strconv.Quote(f.minutes.Text)})}
	}
	c.Search.Minutes, c.Search.Trials = minutes, 0
	return c, c.Check()
}

// isSearch reports whether a text says how to search.
func isSearch(text string) bool { return strings.Contains(text, "[search]") }

// pressSearch starts a search, or says why it can't.
func (f *form) pressSearch() {
	c, err := f.searchConfig()
	if err != nil {
		f.problem.SetText(sentence(err))
		f.problem.Show()
		f.object.Refresh()
		return
	}
	if f.busy || f.problem.Text() == "" {
		f.search(c)
	}
}

// startSearch looks for better nets in the background.
func (t *Train) startSearch(c training.SearchConfig) {
	if t.job != 0 {
		t.status(lang.L("A training is running already; cancel it first"), true)
		return
	}
	t.result, t.shown, t.search = nil, "", true
	t.job = t.actions.Search(c)
	t.begin(lang.L("Searching: reading windows"), 0)
	t.unsearched.Hide()
	t.turn(pageSearches)
}

// Searched shows what a search found, or why it ended.
func (t *Train) Searched(job int, r *training.SearchResult, err error, cancelled bool) {
	if job != t.job {
		return
	}
	t.job, t.search = 0, false
	t.form.setBusy(false)
	t.drawing.Cancel()
	shown(t.unsearched, t.family.Rows() == 0)
	t.showRunning(false)
	switch {
	case cancelled:
		t.status(lang.L("Search paused; press Search again with the same settings and it goes on where it was"), false)
	case err != nil:
		t.actions.Error(plainError(err))
	case r != nil:
		t.status(foundSentence(r), false)
	}
	t.Reload()
	t.turn(pageSearches)
}

// foundSentence says what the search was worth on people it never saw.
func foundSentence(r *training.SearchResult) string {
	for _, j := range r.Judged {
		return lang.L("Search ended: macro-F1 {{.Found}} on people it never saw, where its first net reaches {{.First}}",
			map[string]any{"Found": score(j.Searched.MacroF1), "First": score(j.Default.MacroF1)})
	}
	return lang.L("Search ended; what it found was judged on inner folds only")
}
