package shell

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"onset/views/parts"
)

// alsoCalled are the words that people look a command up by besides its title; the
// field's own words, and those of other programs.
func alsoCalled(id string) string {
	if strings.HasPrefix(id, "export.") {
		return lang.L("save write download figure table publication journal")
	}
	switch id {
	case "view.agreement":
		return lang.L("kappa alpha krippendorff cohen ICC F1 limits reliability inter-rater interrater table")
	case "view.progress":
		return lang.L("minutes board todo who labelled")
	case "view.compare":
		return lang.L("table ranking statistics significance p models")
	case "view.label":
		return lang.L("annotate figure trace view")
	case "view.people":
		return lang.L("participants subjects groups")
	case "file.export":
		return lang.L("save as figure table svg pdf png csv latex elan")
	case "file.import":
		return lang.L("recordings load add sessions")
	case "file.import-labels":
		return lang.L("annotations elan eaf audacity label studio boris signaligner sensiml dai")
	case "file.backup":
		return lang.L("copy save")
	case "help.snap":
		return lang.L("snapping magnet align edges free")
	case "help.keys":
		return lang.L("shortcuts keyboard help")
	case "edit.rater":
		return lang.L("annotator coder who labels initials")
	case "label.exclusive":
		return lang.L("exclusive non-overlapping overlapping concurrent")
	case "label.point":
		return lang.L("point event marker")
	case "label.pass", "label.adjudicate", "label.disagreement":
		return lang.L("agreement consensus second rater revise blind")
	case "label.suggest", "label.suggest-model":
		return lang.L("automatic detect propose candidates")
	case "label.split":
		return lang.L("split")
	case "label.merge":
		return lang.L("merge")
	case "label.video", "label.video-choose":
		return lang.L("film camera clip hide attach")
	case "label.video-point":
		return lang.L("sync synchronise clap")
	case "label.width":
		return lang.L("width fixed")
	case "label.plan":
		return lang.L("plan queue order")
	case "label.describe":
		return lang.L("attributes repetitions weight quality note")
	}
	return ""
}

// showSnapping says what a dragged edge goes to.
func (s *Shell) showSnapping() {
	if s.busy() {
		return
	}
	text := lang.L("On the Label screen a dragged label or edge goes to the nearest sample, and near the beginning or end of a movement to that. " +
		"Hold Ctrl while you drag to have samples alone. The keys that move an edge by a sample or ten never snap; Shift+U and Shift+O put an edge where movement begins or ends.")
	s.dialogs.show(lang.L("What labels snap to"), text, parts.NewParagraph(text, false), fyne.NewSize(480, 220), action{word: lang.L("Close"), primary: true, safe: true})
}
