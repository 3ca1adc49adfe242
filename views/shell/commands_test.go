package shell

import (
	"strings"
	"testing"
	"time"

	"onset/app"
)

func TestSearchPutsTheLikeliestFirst(t *testing.T) {
	list := []Command{{ID: "quit", Title: "Quit", Group: "File"}, {ID: "folder", Title: "Import folder", Group: "File"},
		{ID: "files", Title: "Import files", Group: "File"}, {ID: "jobs", Title: "Background work", Group: "View", Keys: "Ctrl+J"},
		{ID: "replay", Title: "Go to Replay", Group: "View"}}
	for query, want := range map[string]string{
		"":           "quit",
		"imp":        "folder",
		"import fil": "files",
		"fold":       "folder",
		"ctrl+j":     "jobs",
		"re":         "replay",
		"gtr":        "replay",
		"VIEW back":  "jobs",
		"zebra":      "",
	} {
		got := ""
		if found := search(list, query); len(found) > 0 {
			got = found[0].ID
		}
		if got != want {
			t.Errorf("%q finds %q first, want %q", query, got, want)
		}
	}
}

func TestProgressSaysWhatIsKnown(t *testing.T) {
	for want, s := range map[string]app.JobStatus{
		"reading a.csv":                {Fraction: -1, Message: "reading a.csv"},
		"62 %":                         {Fraction: .62},
		"62 %, 2.1 M rows/s, 8 s left": {Fraction: .62, Rate: 2.1e6, Unit: "rows", TimeLeft: 7500 * time.Millisecond},
		"5 %, 48.3 MB/s, 2 min left":   {Fraction: .05, Rate: 48.3e6, Unit: "bytes", TimeLeft: 95 * time.Second},
	} {
		if got := progressText(s); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// People find commands by the words of their field, not by our titles alone.
func TestCommandsAreFoundByTheFieldsWords(t *testing.T) {
	s := newStand(t, Flags{})
	s.chooseSession()
	s.showRoom("label")
	s.until("the session can be exported", func() bool { return len(s.exportCommands()) > 0 })
	for query, want := range map[string]string{
		"kappa": "view.agreement", "agreement": "view.agreement", "snap": "help.snap", "exclusive": "label.exclusive", "point event": "label.point",
		"figure": "export.", "table": "", "eaf": "file.import-labels", "shortcuts": "help.keys", "import": "file.import",
	} {
		found := search(s.everyCommand(), query)
		if len(found) == 0 || !strings.HasPrefix(found[0].ID, want) {
			t.Errorf("%q finds %+v", query, found)
		}
	}
}
