package training

import (
	"fmt"
	"strings"

	"onset/dataset"
)

// classOf is the rule that names a label's class for a config's data.label: one
// of "exercise", "execution", "side", "extra:NAME", or several joined by "+".
// An empty name means that the label does not say.
func classOf(rule string) (func(dataset.Label) string, error) {
	var parts []func(dataset.Label) string
	for _, p := range strings.Split(rule, "+") {
		extra, isExtra := strings.CutPrefix(p, "extra:")
		switch {
		case p == "exercise":
			parts = append(parts, func(l dataset.Label) string { return l.Exercise })
		case p == "execution":
			parts = append(parts, func(l dataset.Label) string { return l.Attributes.Execution })
		case p == "side":
			parts = append(parts, func(l dataset.Label) string { return l.Attributes.Side })
		case isExtra && extra != "":
			parts = append(parts, func(l dataset.Label) string { return l.Attributes.Extra[extra] })
		default:
			return nil, fmt.Errorf(`%q is none of "exercise", "execution", "side", "extra:NAME"`, p)
		}
	}
	return func(l dataset.Label) string {
		names := make([]string, 0, len(parts))
		for _, part := range parts {
			name := part(l)
			if name == "" {
				return ""
			}
			names = append(names, name)
		}
		return strings.Join(names, " ")
	}, nil
}
