package codec

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"onset/dataset"

	"github.com/fxamacker/cbor/v2"
)

func TestEdgeImpulseProjectExports(t *testing.T) {
	for name, want := range map[string]struct {
		sessions, rows int
		hz             float64
		labels         []string
	}{
		"imu-acc-export.zip": {96, 1040, 104, []string{"idle", "circle", "updown", "flick"}},
		"testing.zip":        {748, 62, 62.5, []string{"fall", "groundquack", "idle", "shake"}},
	} {
		m := &memory{}
		report := importInto(t, m, Options{}, data(t, "vendor", "edge_impulse", name))
		if len(m.sessions) != want.sessions || len(report.Refused) != 0 {
			t.Fatalf("%s: %d sessions, refused %v", name, len(m.sessions), report.Refused)
		}
		count := map[string]int{}
		for _, s := range m.sessions {
			r := s.recordings[0]
			if r.samples() != want.rows || !near(r.spec.NominalHz, want.hz, 1e-9) || r.spec.Channels[1].Unit != "m/s2" || r.spec.Channels[1].Kind != "accelerometer" || r.spec.Channels[1].Axis != "y" {
				t.Fatalf("%s: %d rows, %+v", name, r.samples(), r.spec)
			}
			if len(s.labels) != 1 || s.labels[0].End != int64(want.rows) {
				t.Fatalf("%s: labels %+v", name, s.labels)
			}
			count[s.labels[0].Exercise]++
		}
		for _, l := range want.labels {
			if count[l] == 0 {
				t.Errorf("%s: no %s among %v", name, l, count)
			}
		}
	}
}

// signedFile writes a data file and its signature.
func signedFile(t testing.TB, key string, encode func(any) ([]byte, error)) []byte {
	t.Helper()
	zero := strings.Repeat("0", 64)
	b, err := encode(map[string]any{
		"protected": map[string]any{"ver": "v1", "alg": "HS256", "iat": 1564128599},
		"signature": zero,
		"payload": map[string]any{"device_name": "ac:87:a3:0a:2d:1b", "device_type": "WATCH", "interval_ms": 10.5,
			"sensors": []map[string]any{{"name": "gyro_x", "units": "dps"}, {"name": "accZ", "units": "m/s2"}, {"name": "temp", "units": "C"}},
			"values":  [][]float64{{1.5, 9.81, 20}, {-2, 9.7, 20.25}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(b)
	return bytes.Replace(b, []byte(zero), []byte(hex.EncodeToString(mac.Sum(nil))), 1)
}

func TestEdgeImpulseSignatures(t *testing.T) {
	for name, encode := range map[string]func(any) ([]byte, error){"json": json.Marshal, "cbor": cbor.Marshal} {
		b := signedFile(t, "secret", encode)
		path := writeFile(t, filepath.Join(t.TempDir(), "squat.a1.ingest."+name), b)
		s, done := importOne(t, Options{SigningKey: "secret"}, path)
		r := s.recordings[0]
		if r.samples() != 2 || r.values[1][1] != 9.7 || r.spec.Channels[0].Kind != "gyroscope" || r.spec.Channels[0].Unit != "deg/s" || r.spec.Channels[2].Kind != "temp" {
			t.Errorf("%s: %+v %v", name, r.spec, r.values)
		}
		if done.Format != "edge-impulse" || s.labels[0].Exercise != "squat" || strings.Contains(s.Source, "a1") {
			t.Errorf("%s: %+v, source %q", name, s.labels, s.Source)
		}
		for _, key := range []string{"other"} {
			m := &memory{}
			report := importInto(t, m, Options{SigningKey: key}, path)
			if len(m.sessions) != 0 || len(report.Refused) != 1 || !strings.Contains(report.Refused[0].Reason, "signature") {
				t.Errorf("%s: key %q: %+v", name, key, report)
			}
		}
		changed := bytes.Replace(b, []byte("ac:87"), []byte("ac:88"), 1)
		m := &memory{}
		if report := importInto(t, m, Options{SigningKey: "secret"}, writeFile(t, filepath.Join(t.TempDir(), "x."+name), changed)); len(report.Refused) != 1 {
			t.Errorf("%s: a changed file was taken", name)
		}
	}
}

func TestEdgeImpulseUnitsAreAsked(t *testing.T) {
	b := bytes.Replace(signedFile(t, "k", json.Marshal), []byte(`"units":"m/s2"`), []byte(`"units":"N/A"`), 1)
	path := writeFile(t, filepath.Join(t.TempDir(), "x.json"), b)
	m := &memory{}
	report := importInto(t, m, Options{}, path)
	if len(report.Refused) != 1 || !strings.Contains(report.Refused[0].Reason, "unit-accelerometer") {
		t.Errorf("%+v", report)
	}
	s, _ := importOne(t, Options{Ask: func(q Question) (string, error) { return "g", nil }}, path)
	if s.recordings[0].spec.Channels[1].Unit != "g" {
		t.Errorf("%+v", s.recordings[0].spec)
	}
}

func TestEdgeImpulseRefusals(t *testing.T) {
	good := string(signedFile(t, "k", json.Marshal))
	for name, c := range map[string]struct{ text, says string }{
		"a short row": {strings.Replace(good, "[-2,9.7,20.25]", "[-2,9.7]", 1), "row 2"},
		"no interval": {strings.Replace(good, "10.5", "0", 1), "interval"},
		"cut":         {good[:len(good)-30], "cannot be decoded"},
		"text in it":  {strings.Replace(good, "9.7,", `"9.7",`, 1), "cannot be decoded"},
		"no values":   {strings.Replace(good, "[[1.5,9.81,20],[-2,9.7,20.25]]", "[]", 1), "no values"},
		"no sensors":  {strings.Replace(good, `"sensors":[`, `"senors":[`, 1), "no sensors"},
	} {
		m := &memory{}
		report := importInto(t, m, Options{}, writeFile(t, filepath.Join(t.TempDir(), "x.json"), []byte(c.text)))
		if len(m.sessions) != 0 || len(report.Refused) != 1 || !strings.Contains(report.Refused[0].Reason, c.says) {
			t.Errorf("%s: %+v does not say %q", name, report.Refused, c.says)
		}
	}
}

func TestEdgeImpulseArchiveThatLeadsOut(t *testing.T) {
	z := zipOf(t, map[string][]byte{"training/info.labels": []byte(`{"version":1,"files":[]}`), "../../evil.json": signedFile(t, "k", json.Marshal), "training/squat.1.json": signedFile(t, "k", json.Marshal)})
	m := &memory{}
	report := importInto(t, m, Options{}, writeFile(t, filepath.Join(t.TempDir(), "p.zip"), z))
	if len(m.sessions) != 1 || len(report.Refused) != 1 || !strings.Contains(report.Refused[0].Reason, "leads out") {
		t.Errorf("%d sessions, %+v", len(m.sessions), report.Refused)
	}
	if m.sessions[0].labels[0].Kind != dataset.KindExercise {
		t.Errorf("%+v", m.sessions[0].labels)
	}
}

// A member that swells as no recording does is refused before it is unpacked,
// and so is the archive's own list of labels; the rest comes in.
func TestEdgeImpulseArchiveThatSwells(t *testing.T) {
	swells := bytes.Repeat([]byte(" "), freelyUnpacked+1<<20)
	for name, says := range map[string]string{"training/jump.2.json": "training/jump.2.json", "training/info.labels": "info.labels"} {
		files := map[string][]byte{"training/info.labels": []byte(`{"version":1,"files":[]}`), "training/squat.1.json": signedFile(t, "k", json.Marshal)}
		files[name] = swells
		m := &memory{}
		report := importInto(t, m, Options{}, writeFile(t, filepath.Join(t.TempDir(), "p.zip"), zipOf(t, files)))
		if len(report.Refused) == 0 || !strings.Contains(report.Refused[0].Reason, "too much for its size") || !strings.Contains(report.Refused[0].Reason, says) {
			t.Errorf("%s swells: %d sessions, %+v", name, len(m.sessions), report.Refused)
		}
	}
}

func FuzzEdgeImpulse(f *testing.F) {
	f.Add(signedFile(f, "k", json.Marshal))
	f.Add(signedFile(f, "k", cbor.Marshal))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := parseAcquisition(b)
		if err != nil {
			return
		}
		a.signed(b, "k")
		for _, row := range a.Payload.Values {
			if len(row) != len(a.Payload.Sensors) {
				t.Fatalf("row of %d for %d sensors", len(row), len(a.Payload.Sensors))
			}
		}
	})
}

// Labels of an export may cover parts of a file; those outside it are refused.
func TestEdgeImpulseLabelsOfParts(t *testing.T) {
	file := signedFile(t, "k", json.Marshal)
	a, err := parseAcquisition(file)
	if err != nil {
		t.Fatal(err)
	}
	n := len(a.Payload.Values)
	export := func(end int) string {
		labels := fmt.Sprintf(`{"version":1,"files":[{"path":"training/x.json","label":{"type":"multi-label","labels":[{"label":"rest","startIndex":0,"endIndex":0},{"label":"walk","startIndex":1,"endIndex":%d}]}}]}`, end)
		return writeFile(t, filepath.Join(t.TempDir(), "e.zip"), zipOf(t, map[string][]byte{"training/x.json": file, "training/info.labels": []byte(labels)}))
	}
	o := Options{Ask: func(q Question) (string, error) { return q.Choices[0].Key, nil }}
	s, _ := importOne(t, o, export(n-1))
	if len(s.labels) != 2 || s.labels[0].End != 1 || s.labels[1].Start != 1 || s.labels[1].End != int64(n) || s.labels[1].Exercise != "walk" {
		t.Errorf("%+v", s.labels)
	}
	if report := importInto(t, &memory{}, o, export(n)); len(report.Refused) != 1 || !strings.Contains(report.Refused[0].Reason, "label 2") {
		t.Errorf("%+v", report)
	}
}
