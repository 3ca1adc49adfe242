package label

import (
	"slices"

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

// nameOf is an exercise as it is shown: the short part of its id.
func nameOf(exercise, kind string) string {
	switch {
	case exercise != "":
		return labeling.Short(exercise)
	case kind == dataset.KindRest:
		return "rest"
	}
	return kind
}
