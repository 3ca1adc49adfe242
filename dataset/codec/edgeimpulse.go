package codec

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path"
	"slices"
	"strings"

	"onset/dataset"

	"github.com/fxamacker/cbor/v2"
)

// maxAcquisition bounds an Edge Impulse file; the ingestion service takes less.
const maxAcquisition = 128 << 20

// acquisition is one Edge Impulse data file, in JSON or CBOR.
type acquisition struct {
	Protected struct {
		Version string `json:"ver"`
		Alg     string `json:"alg"`
		Issued  int64  `json:"iat"` // seconds since 1970: when it was signed, not when it was recorded
	} `json:"protected"`
	Signature string `json:"signature"`
	Payload   struct {
		Device     string        `json:"device_name"`
		DeviceType string        `json:"device_type"`
		IntervalMs float64       `json:"interval_ms"`
		Sensors    []acquireAxis `json:"sensors"`
		Values     [][]float64   `json:"values"`
	} `json:"payload"`
}

type acquireAxis struct {
	Name  string `json:"name"`
	Units string `json:"units"`
}

// parseAcquisition decodes and checks a file.
func parseAcquisition(b []byte) (acquisition, error) {
	var a acquisition
	var err error
	if trimmed := bytes.TrimLeft(b, " \t\r\n"); len(trimmed) > 0 && trimmed[0] == '{' {
		err = json.Unmarshal(b, &a)
	} else {
		err = acquisitionCBOR.Unmarshal(b, &a)
	}
	if err != nil {
		return a, fmt.Errorf("it cannot be decoded: %w", err)
	}
	p := a.Payload
	switch {
	case len(p.Sensors) == 0:
		return a, errors.New("it names no sensors")
	case !(p.IntervalMs > 0) || math.IsInf(p.IntervalMs, 0):
		return a, fmt.Errorf("its interval is %g ms", p.IntervalMs)
	case len(p.Values) == 0:
		return a, errors.New("it holds no values")
	}
	for i, row := range p.Values {
		if len(row) != len(p.Sensors) {
			return a, fmt.Errorf("row %d has %d values for %d sensors", i+1, len(row), len(p.Sensors))
		}
		for _, v := range row {
			if math.IsInf(v, 0) || math.IsNaN(v) {
				return a, fmt.Errorf("row %d holds a value that is not a number", i+1)
			}
		}
	}
	return a, nil
}

// acquisitionCBOR bounds what a hostile file can ask for.
var acquisitionCBOR = func() cbor.DecMode {
	mode, err := cbor.DecOptions{MaxArrayElements: 1 << 24, MaxMapPairs: 1 << 10, MaxNestedLevels: 8, IndefLength: cbor.IndefLengthAllowed}.DecMode()
	if err != nil {
		panic(err) // the options are constants
	}
	return mode
}()

// signed reports whether a file was signed with a key: the signature is the
// HMAC of the file with zeros in the signature's place.
func (a acquisition) signed(b []byte, key string) bool {
	want, err := hex.DecodeString(a.Signature)
	if err != nil || a.Protected.Alg != "HS256" || len(a.Signature) != 2*sha256.Size {
		return false
	}
	blank := bytes.Replace(b, []byte(a.Signature), []byte(strings.Repeat("0", len(a.Signature))), 1)
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(blank)
	return hmac.Equal(mac.Sum(nil), want)
}

// acquireUnits are the units that are understood, by what files write.
var acquireUnits = map[string]string{
	"m/s2": "m/s2", "m/s^2": "m/s2", "g": "g", "mg": "mg", "deg/s": "deg/s", "dps": "deg/s", "rad/s": "rad/s",
	"ut": "uT", "mgauss": "mG", "gauss": "G", "c": "degC", "degc": "degC", "hpa": "hPa", "bpm": "1/min",
}

// acquireKinds are the sensors that an axis name's beginning means.
var acquireKinds = []struct{ begins, kind string }{
	{"accel", "accelerometer"}, {"acc", "accelerometer"}, {"a", "accelerometer"}, {"gyro", "gyroscope"}, {"gyr", "gyroscope"}, {"g", "gyroscope"},
	{"magnetometer", "magnetometer"}, {"mag", "magnetometer"}, {"m", "magnetometer"},
}

// acquireChannel reads an axis name such as accX, gyro_y or mz; a name that says
// neither keeps itself as the kind.
func acquireChannel(s acquireAxis) (c dataset.Channel, unitKnown bool) {
	unit, known := acquireUnits[strings.ToLower(strings.TrimSpace(s.Units))]
	if written := strings.TrimSpace(s.Units); !known && written != "" {
		unit = plainUnit(written)
		known = knownUnit(unit)
	}
	c = dataset.Channel{Kind: strings.ToLower(strings.TrimSpace(s.Name)), Unit: unit}
	name := strings.ToLower(strings.NewReplacer("_", "", ".", "", "-", "", " ", "").Replace(s.Name))
	for _, k := range acquireKinds {
		if rest, ok := strings.CutPrefix(name, k.begins); ok && slices.Contains([]string{"x", "y", "z"}, rest) {
			c.Kind, c.Axis = k.kind, rest
			break
		}
	}
	return c, known
}

// acquireLabels are the labels of a project export, by file name.
type acquireLabels struct {
	Version int `json:"version"`
	Files   []struct {
		Path     string `json:"path"`
		Category string `json:"category"`
		Label    struct {
			Type   string        `json:"type"`
			Label  string        `json:"label"`
			Labels []acquireSpan `json:"labels"`
		} `json:"label"`
	} `json:"files"`
	// Structured is what a file of structured labels holds, by file name.
	Structured map[string][]acquireSpan `json:"structuredLabels"`
}

// acquireSpan is a label of the samples startIndex to endIndex, both counted.
type acquireSpan struct {
	Start int64  `json:"startIndex"`
	End   int64  `json:"endIndex"`
	Label string `json:"label"`
}

// wholeFile is the span of a label that covers a file.
const wholeFile = -1

func parseAcquireLabels(b []byte) (map[string][]acquireSpan, error) {
	var l acquireLabels
	if err := json.Unmarshal(b, &l); err != nil {
		return nil, fmt.Errorf("info.labels cannot be decoded: %w", err)
	}
	if l.Version != 1 {
		return nil, fmt.Errorf("info.labels has version %d; version 1 is known", l.Version)
	}
	out := map[string][]acquireSpan{}
	for _, f := range l.Files {
		name := path.Base(f.Path)
		switch {
		case f.Label.Type == "label" && f.Label.Label != "":
			out[name] = []acquireSpan{{wholeFile, wholeFile, f.Label.Label}}
		case f.Label.Type == "multi-label":
			out[name] = f.Label.Labels
		case f.Label.Type == "unlabeled":
			out[name] = nil
		}
	}
	for name, spans := range l.Structured {
		out[path.Base(name)] = spans
	}
	return out, nil
}

// labelOfName is the label that a file name begins with, as the ingestion service
// writes them: label.something.json.
func labelOfName(name string) string {
	label, rest, ok := strings.Cut(name, ".")
	if !ok || !strings.Contains(rest, ".") {
		return ""
	}
	return label
}
