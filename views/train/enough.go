package train

import (
	"errors"
	"slices"
	"strconv"

	"fyne.io/fyne/v2/lang"

	"onset/dataset"
	"onset/training"
	"onset/views/words"
)

// owned is a labelled session: whose it is and what sensors it has.
type owned struct {
	person  dataset.ParticipantID
	session dataset.SessionID
	sensors []string
}

// missing says what a training with c lacks to be judged as asked; empty when
// nothing is known to be lacking.
func (m material) missing(c training.Config) string {
	if c.Split.By == training.ByTime || len(m.owned) == 0 {
		return ""
	}
	people, sessions := map[dataset.ParticipantID]bool{}, 0
	for _, o := range m.owned {
		if o.feeds(c) {
			people[o.person] = true
			sessions++
		}
	}
	if sessions == 0 {
		return lang.L("No labelled session has all the chosen sensors. Choose fewer, or others.")
	}
	have, need := len(people), max(c.Split.Folds, 2)
	one, many, other := lang.L("person"), lang.L("people"), lang.L("Choose by session or over time.")
	if c.Split.By == training.BySession {
		have, one, many, other = sessions, lang.L("session"), lang.L("sessions"), lang.L("Choose over time.")
	}
	if have >= need {
		return ""
	}
	if have >= 2 {
		other = lang.L("Choose fewer folds.")
	}
	data := map[string]any{"Folds": need, "Need": words.Many(int64(need), one, many), "Have": strconv.Itoa(have), "Do": other, "Many": many}
	if c.Split.Folds == 0 {
		return lang.L("Leaving one out needs at least {{.Need}}; these windows come from {{.Have}}. {{.Do}}", data)
	}
	return lang.L("{{.Folds}} folds need {{.Need}}; these windows come from {{.Have}}. {{.Do}}", data)
}

// feeds reports whether a session has what c learns from.
func (o owned) feeds(c training.Config) bool {
	if slices.Contains(c.Data.ExcludeSessions, string(o.session)) {
		return false
	}
	if c.Data.SensorSet.IsAny() {
		return true
	}
	for _, s := range c.Data.SensorSet {
		if s != training.Any && !slices.Contains(o.sensors, s) {
			return false
		}
	}
	return true
}

// plainError words what stopped a training without the key of a config.
func plainError(err error) error {
	var bad *training.ConfigError
	if errors.As(err, &bad) && bad.Key == "split.folds" {
		return errors.New(lang.L("{{.What}}. Choose fewer folds, or be judged by session or over time", map[string]any{"What": words.Upper(bad.Text)}))
	}
	return err
}
