package codec

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onset/dataset"
)

// memory is a store that keeps committed sessions in memory.
type memory struct {
	people   []dataset.Participant
	gone     []time.Time // when somebody withdrew
	sessions []*memorySession
	fail     error // what commit returns
}

type memorySession struct {
	dataset.Session
	recordings []*memoryRecording
	findings   []dataset.Finding
	labels     []dataset.Label
	events     []dataset.Event
	sheet      dataset.Participant
	store      *memory
	done       bool
}

type memoryRecording struct {
	spec     recordingSpec
	values   [][]float64
	codes    [][]int32
	times    []int64
	clock    dataset.Clock
	measured float64
	findings []dataset.Finding
	id       dataset.RecordingID
}

func (m *memory) participants(context.Context) ([]dataset.Participant, error) { return m.people, nil }

func (m *memory) withdrawals(context.Context) ([]time.Time, error) { return m.gone, nil }

func (m *memory) begin(_ context.Context, s dataset.Session) (sink, error) {
	s.ID = dataset.SessionID(fmt.Sprintf("s%d", len(m.sessions)+1))
	return &memorySession{Session: s, store: m}, nil
}

func (s *memorySession) addRecording(_ context.Context, spec recordingSpec) (recordingSink, error) {
	r := &memoryRecording{spec: spec, values: make([][]float64, len(spec.Channels)), codes: make([][]int32, len(spec.Channels)),
		id: dataset.RecordingID(fmt.Sprintf("%s-r%d", s.ID, len(s.recordings)+1))}
	s.recordings = append(s.recordings, r)
	return r, nil
}

func (s *memorySession) addFindings(f []dataset.Finding)       { s.findings = append(s.findings, f...) }
func (s *memorySession) addEvents(e []dataset.Event)           { s.events = append(s.events, e...) }
func (s *memorySession) addLabels(l []dataset.Label)           { s.labels = append(s.labels, l...) }
func (s *memorySession) setStart(start time.Time, zone string) { s.Start, s.Zone = start, zone }
func (s *memorySession) setSheet(p dataset.Participant)        { s.sheet = p }
func (s *memorySession) setParticipant(id dataset.ParticipantID) {
	s.Participant = id
}
func (s *memorySession) abort() error { s.done = true; return nil }

func (s *memorySession) checkTwins(context.Context, bool) ([]dataset.Finding, error) { return nil, nil }

func (s *memorySession) commit(context.Context) (dataset.SessionID, error) {
	if s.store.fail != nil {
		return "", s.store.fail
	}
	for _, r := range s.recordings {
		if r.id == "" || r.clock.Segments == nil {
			return "", errors.New("a recording was not finished")
		}
	}
	s.done = true
	s.store.sessions = append(s.store.sessions, s)
	return s.ID, nil
}

func (r *memoryRecording) Append(_ context.Context, values [][]float64) error {
	if len(values) != len(r.values) {
		return fmt.Errorf("%d channels given, %d declared", len(values), len(r.values))
	}
	for c := range values {
		if len(values[c]) != len(values[0]) {
			return errors.New("channels of unequal length")
		}
		r.values[c] = append(r.values[c], values[c]...)
	}
	return nil
}

func (r *memoryRecording) AppendCodes(_ context.Context, codes [][]int32) error {
	if len(codes) != len(r.codes) {
		return fmt.Errorf("%d channels given, %d declared", len(codes), len(r.codes))
	}
	for c := range codes {
		r.codes[c] = append(r.codes[c], codes[c]...)
	}
	return nil
}

func (r *memoryRecording) AppendDeviceTimes(_ context.Context, t []int64) error {
	r.times = append(r.times, t...)
	return nil
}

func (r *memoryRecording) Finish(_ context.Context, clock dataset.Clock, measured float64, findings []dataset.Finding) (dataset.RecordingID, error) {
	if r.samples() == 0 {
		return "", dataset.ErrNoSamples
	}
	if r.times != nil && len(r.times) != r.samples() {
		return "", fmt.Errorf("%d device times for %d samples", len(r.times), r.samples())
	}
	r.clock, r.measured, r.findings = clock, measured, findings
	return r.id, nil
}

func (r *memoryRecording) samples() int {
	return max(len(r.values[0]), len(r.codes[0]))
}

// series gives a channel's values in its unit.
func (r *memoryRecording) series(channel int) []float64 {
	if len(r.codes[channel]) == 0 {
		return r.values[channel]
	}
	c := r.spec.Channels[channel]
	out := make([]float64, len(r.codes[channel]))
	for i, v := range r.codes[channel] {
		out[i] = float64(v)*c.Scale + c.Offset
	}
	return out
}

func (r *memoryRecording) sumAbs(channels ...int) float64 {
	sum := 0.0
	for _, c := range channels {
		for _, v := range r.series(c) {
			sum += math.Abs(v)
		}
	}
	return sum
}

// data is a path below the real recordings; the test is skipped without them.
func data(t testing.TB, parts ...string) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
	path := filepath.Join(append([]string{dir, "..", "shared", "data"}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the real recordings are not here: %v", err)
	}
	return path
}

// importInto runs an import and fails the test on an error of the import itself.
func importInto(t testing.TB, m *memory, o Options, paths ...string) Report {
	t.Helper()
	report, err := run(context.Background(), m, paths, o, nil)
	if err != nil {
		t.Fatalf("import: %v", err)
	}
	return report
}

// importOne imports paths that make exactly one session.
func importOne(t testing.TB, o Options, paths ...string) (*memorySession, ImportedSession) {
	t.Helper()
	m := &memory{}
	report := importInto(t, m, o, paths...)
	if len(m.sessions) != 1 || len(report.Imported) != 1 {
		t.Fatalf("imported %d sessions, refused %v", len(m.sessions), report.Refused)
	}
	return m.sessions[0], report.Imported[0]
}

func writeFile(t testing.TB, path string, content []byte) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func near(got, want, tolerance float64) bool { return math.Abs(got-want) <= tolerance }

func countKind(findings []dataset.Finding, kind string) int {
	n := 0
	for _, f := range findings {
		if f.Kind == kind {
			n++
		}
	}
	return n
}

// says reports whether a finding of a kind holds a text.
func says(findings []dataset.Finding, kind, text string) bool {
	for _, f := range findings {
		if f.Kind == kind && strings.Contains(f.Message, text) {
			return true
		}
	}
	return false
}
