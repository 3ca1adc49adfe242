package training

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"sort"
	"time"

	"onset/dataset"
)

// manifest is everything that a window set's hash covers. It holds no row ids:
// the same recordings and labels give the same manifest in any study.
type manifest struct {
	Version  int               `json:"version"`
	Data     DataConfig        `json:"data"` // without the lists that chose sessions; the examples stand for them
	Crops    crops             `json:"crops"`
	Split    SplitConfig       `json:"split"`
	Contract Contract          `json:"contract"`
	Classes  []string          `json:"classes"`
	Sources  []string          `json:"sources"` // fingerprints of the sessions
	Examples []manifestExample `json:"examples"`
}

// crops is the part of the augmentation that reads windows of its own.
type crops struct {
	LeadS float64 `json:"lead_s"`
	CropS float64 `json:"crop_s"`
	StepS float64 `json:"step_s"`
}

func (a AugmentConfig) crops() crops { return crops{a.LeadS, a.CropS, a.CropStepS} }

type manifestExample struct {
	Participant dataset.ParticipantID `json:"participant"`
	Source      int                   `json:"source"` // index into Sources
	StartS      float64               `json:"start_s"`
	Class       string                `json:"class"`
	Extra       bool                  `json:"extra,omitempty"`
	Bridged     int                   `json:"bridged,omitempty"`
	Values      string                `json:"values"` // SHA-256 of the float32 samples
}

// freeze writes the manifest and its hash.
func (set *WindowSet) freeze(cfg Config) error {
	d := cfg.Data
	d.Sessions, d.ExcludeSessions, d.Participants, d.Recordings, d.Group = nil, nil, nil, nil, ""
	m := manifest{Version: 1, Data: d, Crops: cfg.Augment.crops(),
		Split: cfg.Split, Contract: set.Contract, Classes: set.Classes}
	index := map[string]int{}
	for _, e := range set.Examples {
		if _, ok := index[e.source]; !ok {
			index[e.source] = 0
			m.Sources = append(m.Sources, e.source)
		}
	}
	sort.Strings(m.Sources)
	for i, s := range m.Sources {
		index[s] = i
	}
	for _, e := range set.Examples {
		m.Examples = append(m.Examples, manifestExample{
			Participant: e.Participant, Source: index[e.source], StartS: e.StartS,
			Class: set.Classes[e.Class], Extra: e.Extra, Bridged: e.Bridged, Values: hex.EncodeToString(e.digest[:]),
		})
	}
	text, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("freezing the window set: %w", err)
	}
	sum := sha256.Sum256(text)
	set.Manifest, set.Hash = text, hex.EncodeToString(sum[:])
	return nil
}

// Row is the form in which a study keeps the window set.
func (set *WindowSet) Row(now time.Time) dataset.WindowSetRow {
	return dataset.WindowSetRow{Hash: set.Hash, CreatedAt: now, Manifest: set.Manifest}
}

func digest(values []float32) [sha256.Size]byte {
	buf := make([]byte, 4*len(values))
	for i, v := range values {
		binary.LittleEndian.PutUint32(buf[4*i:], math.Float32bits(v))
	}
	return sha256.Sum256(buf)
}

// fingerprint is a hash over what a session says about itself, apart from row
// ids, names of files and the moment of import.
func fingerprint(s dataset.Session) string {
	type channel struct {
		Kind, Axis, Unit string
		Scale, Offset    float64
	}
	type recording struct {
		Device, Placement string
		Samples           int64
		Nominal           float64
		Clock             dataset.Clock
		Channels          []channel
	}
	var recs [][]byte
	for _, r := range s.Recordings {
		out := recording{Device: r.Device, Placement: r.Placement, Samples: r.Samples, Nominal: r.NominalHz, Clock: r.Clock}
		for _, c := range r.Channels {
			out.Channels = append(out.Channels, channel{c.Kind, c.Axis, c.Unit, c.Scale, c.Offset})
		}
		text, err := json.Marshal(out)
		if err != nil { // a clock with an infinite rate; the study refuses those
			text = []byte(err.Error())
		}
		recs = append(recs, text)
	}
	sort.Slice(recs, func(i, j int) bool { return bytes.Compare(recs[i], recs[j]) < 0 })
	h := sha256.New()
	start := "none"
	if !s.Start.IsZero() {
		start = s.Start.UTC().Format(time.RFC3339Nano)
	}
	fmt.Fprintf(h, "%s\n%s\n%s\n%s\n", s.Participant, start, s.Zone, s.Format)
	for _, r := range recs {
		h.Write(r)
		h.Write([]byte{'\n'})
	}
	return hex.EncodeToString(h.Sum(nil))
}
