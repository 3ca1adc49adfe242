package train

import (
	"strings"
	"testing"

	"onset/training"
)

// "No near copy was found" must not stand where copies were let in or were not
// looked for by shape: a paper would quote it.
func TestCheckedSaysNoMoreThanWasChecked(t *testing.T) {
	const found = "no near copy was found"
	twins := []training.TwinSummary{{A: "a", B: "b", Windows: 5, Of: 6}}
	for name, c := range map[string]struct {
		result training.Result
		want   string
	}{
		"shapes compared":       {training.Result{Split: training.ByParticipant, ShapesCompared: true}, found},
		"short or old":          {training.Result{Split: training.ByParticipant}, "were not looked for"},
		"copies let in":         {training.Result{Split: training.BySession, ShapesCompared: true, Twins: twins}, "1 pair of sessions holds nearly the same windows"},
		"copies in a short one": {training.Result{Split: training.SplitInner, Twins: twins}, "1 pair of sessions"},
	} {
		got := checkedSentence(&c.result)
		if !strings.Contains(got, c.want) || !strings.Contains(got, "on both sides") || (c.want != found && strings.Contains(got, found)) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
