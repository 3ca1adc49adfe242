package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"onset/dataset"
)

// asProgram makes the test binary be onsetctl, for tests that need a process.
const asProgram = "ONSETCTL_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// process is onsetctl as a process of its own.
func process(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	return cmd
}

// outcome is what a command line came to.
type outcome struct {
	out, err string
	code     int
}

// ctl runs a command line in this process.
func ctl(t *testing.T, args ...string) outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr)
	return outcome{stdout.String(), stderr.String(), code}
}

// must runs a command line that has to succeed and decodes its JSON.
func must[T any](t *testing.T, args ...string) T {
	t.Helper()
	o := ctl(t, append(args, "--json")...)
	if o.code != exitOK {
		t.Fatalf("onsetctl %s: exit %d\n%s", strings.Join(args, " "), o.code, o.err)
	}
	var v T
	if err := json.Unmarshal([]byte(o.out), &v); err != nil {
		t.Fatalf("onsetctl %s: %v in %q", strings.Join(args, " "), err, o.out)
	}
	return v
}

func newStudyFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s.onset")
	must[map[string]string](t, "study", "new", path)
	return path
}

var sample struct {
	once sync.Once
	raw  []byte
	err  error
}

// sampleStudy is a copy of the sample study, which is simulated once.
func sampleStudy(t *testing.T) string {
	t.Helper()
	sample.once.Do(func() {
		dir, err := os.MkdirTemp("", "onsetctl-sample")
		if err != nil {
			sample.err = err
			return
		}
		path := filepath.Join(dir, "sample.onset")
		var stderr bytes.Buffer
		if code := run(context.Background(), []string{"sample", path}, nil, io.Discard, &stderr); code != exitOK {
			sample.err = errors.New(stderr.String())
		} else {
			sample.raw, sample.err = os.ReadFile(path)
		}
		sample.err = errors.Join(sample.err, os.RemoveAll(dir))
	})
	if sample.err != nil {
		t.Fatal(sample.err)
	}
	path := filepath.Join(t.TempDir(), "sample.onset")
	if err := os.WriteFile(path, sample.raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// sharedData is the folder of real recordings beside the project; the test is
// skipped where it is absent.
func sharedData(t *testing.T, name string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		dir = filepath.Dir(dir)
	}
	path := filepath.Join(filepath.Dir(dir), "shared", "data", name)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		t.Skipf("the recordings in ../shared/data/%s are not here", name)
	}
	return path
}

func TestUsageMistakesExitWith2(t *testing.T) {
	t.Parallel()
	study := newStudyFile(t)
	for _, words := range [][]string{
		{}, {"nonsense"}, {"study"}, {"study", "nonsense"}, {"study", "new"}, {"study", "info"},
		{"study", "info", study, "more"}, {"sessions"}, {"sessions", study, "--nonsense"}, {"import", study},
		{"samples", study}, {"train", study}, {"train", "--example-config", study}, {"compare", study, "m"},
		{"export", study}, {"export", study, "--model", "m"}, {"model", "check"}, {"labels", "list"}, {"labels", "nonsense"},
		{"import", study, "x", "--answer", "unit"},
	} {
		o := ctl(t, words...)
		if o.code != exitUsage || o.out != "" || !strings.Contains(o.err, "onsetctl") {
			t.Errorf("onsetctl %q: exit %d, stdout %q, stderr %q", words, o.code, o.out, o.err)
		}
	}
}

func TestFailuresExitWith1AndSayWhatToDo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	study := newStudyFile(t)
	text := filepath.Join(dir, "notes.onset")
	if err := os.WriteFile(text, []byte("notes about a study"), 0o600); err != nil {
		t.Fatal(err)
	}
	badConfig := filepath.Join(dir, "c.toml")
	if err := os.WriteFile(badConfig, []byte("[fit]\nepocs = 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		words []string
		says  []string
	}{
		"no such study":      {[]string{"study", "info", filepath.Join(dir, "none.onset")}, []string{"none.onset", "Check the name"}},
		"not a study":        {[]string{"sessions", text}, []string{"notes.onset", "not a study", "not touched"}},
		"new over a study":   {[]string{"study", "new", study}, []string{"exists", "not touched"}},
		"unknown session":    {[]string{"samples", study, "--session", "zzz"}, []string{`No session with an id that begins with "zzz"`, "onsetctl sessions"}},
		"unknown model":      {[]string{"export", study, "--model", "zzz", "--out", filepath.Join(dir, "m")}, []string{"zzz"}},
		"no config":          {[]string{"train", study, "--config", filepath.Join(dir, "none.toml")}, []string{"none.toml"}},
		"misspelt key":       {[]string{"train", study, "--config", badConfig}, []string{"c.toml", "line 2", "fit.epocs"}},
		"nothing to train":   {[]string{"train", study, "--config", os.DevNull}, nil},
		"not an export":      {[]string{"model", "check", dir}, []string{"model.json", "missing"}},
		"no such recordings": {[]string{"import", study, filepath.Join(dir, "none")}, []string{"none"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := ctl(t, test.words...)
			if o.code != exitFailed {
				t.Fatalf("exit %d, stdout %q, stderr %q", o.code, o.out, o.err)
			}
			for _, want := range append(test.says, "onsetctl: ") {
				if !strings.Contains(o.err, want) {
					t.Errorf("stderr %q does not say %q", o.err, want)
				}
			}
		})
	}
}

type infoResult struct {
	Sessions, Recordings, Channels, Samples, Labels, Participants int64
	Integrity                                                     string
}

func TestEmptyStudy(t *testing.T) {
	t.Parallel()
	study := newStudyFile(t)
	if got := must[infoResult](t, "study", "info", study); got != (infoResult{Integrity: "ok"}) {
		t.Errorf("info of a new study: %+v", got)
	}
	// Lists are lists, also when they are empty.
	for words, want := range map[string]string{"sessions": "sessions", "models": "models", "labels list": "labels"} {
		o := ctl(t, append(strings.Fields(words), study, "--json")...)
		if o.code != exitOK || strings.TrimSpace(o.out) != `{"`+want+`":[]}` {
			t.Errorf("%s of a new study: %q", words, o.out)
		}
	}
}

func TestSamplesAreExact(t *testing.T) {
	t.Parallel()
	study := sampleStudy(t)
	s, err := dataset.Open(t.Context(), study, dataset.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	list, err := s.Sessions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	session, err := s.Session(t.Context(), list[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	o := ctl(t, "samples", study, "--session", string(session.ID[:8]), "--csv")
	if o.code != exitOK {
		t.Fatal(o.err)
	}
	blocks := strings.Split(o.out, "# recording ")
	if blocks[0] != "" || len(blocks)-1 != len(session.Recordings) {
		t.Fatalf("%d blocks for %d recordings", len(blocks)-1, len(session.Recordings))
	}
	for i, r := range session.Recordings {
		head, body, _ := strings.Cut(blocks[i+1], "\n")
		if !strings.HasPrefix(head, string(r.ID)+" ") {
			t.Errorf("block %d begins %q, want recording %s", i, head, r.ID)
		}
		rows, err := csv.NewReader(strings.NewReader(body)).ReadAll()
		if err != nil || int64(len(rows)-1) != r.Samples || rows[0][0] != "time_s" || len(rows[0]) != len(r.Channels)+1 {
			t.Fatalf("recording %s: %d rows, header %v, %v", r.ID, len(rows), rows[0], err)
		}
		for c, ch := range r.Channels {
			want := make([]float64, r.Samples)
			if _, err := s.ReadSamples(t.Context(), ch.ID, 0, want); err != nil {
				t.Fatal(err)
			}
			for k, row := range rows[1:] {
				at, errT := strconv.ParseFloat(row[0], 64)
				v, errV := strconv.ParseFloat(row[c+1], 64)
				if errT != nil || errV != nil || at != r.Clock.Time(int64(k)) || math.Float64bits(v) != math.Float64bits(want[k]) {
					t.Fatalf("recording %s sample %d: %v, want %v at %v", r.ID, k, row, want[k], r.Clock.Time(int64(k)))
				}
			}
		}
	}
	one := ctl(t, "samples", study, "--session", string(session.ID), "--recording", string(session.Recordings[0].ID))
	if one.code != exitOK || one.out != "# recording "+blocks[1] {
		t.Errorf("one recording alone: exit %d, %d bytes for %d", one.code, len(one.out), len(blocks[1]))
	}
}

type labelsResult struct {
	Labels []struct {
		Session, Exercise, Kind, Rater string
		StartS                         float64 `json:"start_s"`
		EndS                           float64 `json:"end_s"`
		StartSample                    int64   `json:"start_sample"`
		EndSample                      int64   `json:"end_sample"`
		Attributes                     map[string]any
	}
}

type sessionsResult struct {
	Sessions []struct {
		ID, Participant    string
		DurationS          float64 `json:"duration_s"`
		Recordings, Labels int
	}
}

// TestFromStudyToExport goes the whole way on the sample study.
func TestFromStudyToExport(t *testing.T) {
	t.Parallel()
	study := sampleStudy(t)
	info := must[infoResult](t, "study", "info", study)
	sessions := must[sessionsResult](t, "sessions", study).Sessions
	labels := must[labelsResult](t, "labels", "list", study).Labels
	if info.Integrity != "ok" || int64(len(sessions)) != info.Sessions || int64(len(labels)) != info.Labels || info.Labels == 0 {
		t.Fatalf("info %+v, %d sessions, %d labels", info, len(sessions), len(labels))
	}
	first := must[labelsResult](t, "labels", "list", study, "--session", sessions[0].ID).Labels
	if len(first) != sessions[0].Labels {
		t.Errorf("%d labels of the first session, sessions says %d", len(first), sessions[0].Labels)
	}
	for _, l := range labels {
		if l.EndSample <= l.StartSample || l.EndS <= l.StartS || l.Exercise == "" || l.Kind == "" {
			t.Fatalf("label %+v", l)
		}
	}

	config := filepath.Join(t.TempDir(), "c.toml")
	example := ctl(t, "train", "--example-config")
	if example.code != exitOK {
		t.Fatal(example.err)
	}
	text := strings.Replace(example.out, "epochs = 30", "epochs = 3", 1)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	type trained struct {
		Run, Model, Split string
		WindowSet         string `json:"window_set"`
		Folds             []struct {
			HeldOut  []string `json:"held_out"`
			N        int
			Accuracy float64
			MacroF1  float64 `json:"macro_f1"`
		}
		Accuracy, Seconds float64
		MacroF1           float64 `json:"macro_f1"`
		Confusion         struct {
			Classes []string
			Counts  [][]int
		}
	}
	a, b := must[trained](t, "train", study, "--config", config), must[trained](t, "train", study, "--config", config)
	if len(a.WindowSet) != 64 || a.WindowSet != b.WindowSet || a.Accuracy != b.Accuracy || a.Split != "participant" || len(a.Folds) != 5 {
		t.Errorf("trained twice alike: %+v and %+v", a, b)
	}
	held, n := map[string]bool{}, 0
	for _, f := range a.Folds {
		n += f.N
		for _, p := range f.HeldOut {
			if held[p] {
				t.Errorf("%s is held out twice", p)
			}
			held[p] = true
		}
	}
	total := 0
	for _, row := range a.Confusion.Counts {
		for _, c := range row {
			total += c
		}
	}
	if int64(len(held)) != info.Participants || n == 0 || total != n {
		t.Errorf("%d of %d people held out, %d windows in the folds, %d in the confusion", len(held), info.Participants, n, total)
	}

	models := must[struct {
		Models []struct{ ID, Run, Architecture string }
	}](t, "models", study).Models
	if len(models) != 2 || models[0].ID != a.Model || models[0].Run != a.Run || models[0].Architecture == "" {
		t.Errorf("models %+v", models)
	}
	if c := must[map[string]any](t, "compare", study, a.Model, b.Model); c["a"] == nil || c["b"] == nil {
		t.Errorf("comparison %v", c)
	}
	dir := filepath.Join(t.TempDir(), "out")
	must[map[string]any](t, "export", study, "--model", a.Model[:6], "--out", dir)
	if c := must[map[string]any](t, "model", "check", dir); c["ok"] != true {
		t.Errorf("check %v", c)
	}
	weights := filepath.Join(dir, "weights.f32")
	raw, err := os.ReadFile(weights)
	if err != nil {
		t.Fatal(err)
	}
	raw[1000] ^= 1
	if err := os.WriteFile(weights, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if o := ctl(t, "model", "check", dir, "--json"); o.code != exitFailed || !strings.Contains(o.out, `"ok":false`) || !strings.Contains(o.err, "weights.f32") {
		t.Errorf("check of a flipped bit: %+v", o)
	}
	if c := must[struct{ OK bool }](t, "study", "check", study); !c.OK {
		t.Error("the study is not whole")
	}
}
