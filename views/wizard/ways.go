package wizard

import (
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"

	"onset/dataset/codec"
	"onset/views/parts"
	"onset/views/theme"
)

// buildWays makes the buttons that say what a row which cannot be read means: the
// same as the fields of the text say, where somebody is looking.
func (v *view) buildWays(w *Wizard) {
	v.toMissing = parts.NewButton(lang.L("Keep such cells as missing"), "", func() {
		key := "missing"
		if w.setting == codec.SettingUnreadable {
			key = "both"
		}
		v.emptyCell.choose(key)
	})
	v.toWestern = parts.NewButton(lang.L("Read it as text of an older program"), "", func() {
		w.draft.rule.Encoding = codec.EncodingWestern
		w.laidOut()
	})
	v.toSkip = parts.NewButton(lang.L("Leave such rows out and count them"), "", func() { v.badRow.choose("skip") })
	v.ways = container.New(layout.NewCustomPaddedHBoxLayout(theme.Space2), v.toMissing, v.toWestern, v.toSkip)
}

// showWays offers what helps with the row that cannot be read, in the place of
// the findings, of which there are none then.
func (w *Wizard) showWays() {
	v := &w.view
	open := w.loaded && w.problem != "" && len(w.missing) == 0
	cells := w.setting == codec.SettingEmpty || w.setting == codec.SettingUnreadable
	rows := w.draft.timeColumn() >= 0 && w.draft.badRow == "refuse" && (w.badRow > 0 || w.setting != "")
	for _, x := range []struct {
		b  *parts.Button
		on bool
	}{{v.toMissing, open && cells}, {v.toWestern, open && w.setting == codec.SettingEncoding}, {v.toSkip, open && rows}} {
		visible(x.b, x.on)
	}
	some := v.toMissing.Visible() || v.toWestern.Visible() || v.toSkip.Visible()
	visible(v.ways, some)
	visible(v.found, !some)
	v.ways.Refresh()
}
