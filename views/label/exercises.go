package label

import (
	"slices"

	"fyne.io/fyne/v2/lang"

	"onset/dataset"
	"onset/labeling"
)

// usual fills the number keys of a study that has named no exercises.
var usual = []string{
	"strength:arms/biceps-curl", "strength:arms/triceps-extension", "strength:shoulders/lateral-raise",
	"strength:shoulders/shoulder-press", "strength:legs/sit-to-stand", "strength:legs/heel-raise", "strength:legs/squat",
}

// exercisesOf are the exercises that a person can choose: the study's list,
// then what the session's labels name, then some usual ones where the study has
// none.
func exercisesOf(s dataset.Settings, labels []dataset.Label) []string {
	list := slices.Clone(s.Exercises)
	for _, l := range labels {
		if l.Exercise != "" && !slices.Contains(list, l.Exercise) {
			list = append(list, l.Exercise)
		}
	}
	if len(list) == 0 {
		list = slices.Clone(usual)
	}
	return list
}

// withKey adds an exercise to the list. Where the number keys are full and the list
// began as the usual exercises, it takes the key of the last of those that is not
// used: no key that a person has used gets another meaning.
func withKey(list []string, id string, used func(string) bool) []string {
	const keys = 9
	if len(list) < keys || !slices.Equal(list[:min(len(list), 2)], usual[:2]) {
		return append(list, id)
	}
	for i := keys - 1; i >= 2; i-- {
		if slices.Contains(usual, list[i]) && !used(list[i]) {
			list = slices.Clone(list)
			list[i] = id
			return list
		}
	}
	return append(list, id)
}

// nameOf is an exercise as it is shown: the short part of its id.
func nameOf(exercise, kind string) string {
	switch {
	case exercise != "":
		return labeling.Short(exercise)
	case kind == dataset.KindRest:
		return "rest"
	case kind == dataset.KindNone:
		return lang.L("neither")
	}
	return kind
}
