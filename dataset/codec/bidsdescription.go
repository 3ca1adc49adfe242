package codec

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"onset/dataset"
)

// description reads what dataset_description.json says of the whole data set: a
// notice goes with each session as a finding. It reports data that a simulator
// made, by the key Simulated or, in exports from before it, the notice.
func (d *bidsDecoder) description(w *session) (simulated bool) {
	tell := func(format string, args ...any) {
		w.find(dataset.Finding{Kind: dataset.FindingNote, Sample: -1, Message: fmt.Sprintf(format, args...)})
	}
	for _, dir := range d.above() {
		text, err := readSide(filepath.Join(dir, "dataset_description.json"))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		var about struct{ Notice, Simulated any }
		if err == nil {
			err = json.Unmarshal(text, &about)
		}
		if err != nil {
			tell("dataset_description.json cannot be read; the recordings are imported without it.")
			return false
		}
		notice := clipText(strings.TrimSpace(bidsText(about.Notice)), longestValue)
		if notice != "" {
			tell("The data set carries the notice %q.", notice)
		}
		return about.Simulated == true || about.Simulated == nil && strings.HasPrefix(strings.ToLower(notice), "simulated")
	}
	return false
}
