package interchange

import (
	"bytes"
	"cmp"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"onset/dataset"
)

type elanDocument struct {
	XMLName xml.Name   `xml:"ANNOTATION_DOCUMENT"`
	Author  string     `xml:"AUTHOR,attr"`
	Date    string     `xml:"DATE,attr"`
	Format  string     `xml:"FORMAT,attr"`
	Version string     `xml:"VERSION,attr"`
	Header  elanHeader `xml:"HEADER"`
	Slots   []elanSlot `xml:"TIME_ORDER>TIME_SLOT"`
	Tiers   []elanTier `xml:"TIER"`
	Types   []elanType `xml:"LINGUISTIC_TYPE"`
	Rules   []elanRule `xml:"CONSTRAINT"`
}

type elanRule struct {
	Stereotype  string `xml:"STEREOTYPE,attr"`
	Description string `xml:"DESCRIPTION,attr"`
}

type elanHeader struct {
	MediaFile string `xml:"MEDIA_FILE,attr"`
	TimeUnits string `xml:"TIME_UNITS,attr"`
}

type elanSlot struct {
	ID    string `xml:"TIME_SLOT_ID,attr"`
	Value string `xml:"TIME_VALUE,attr,omitempty"`
}

type elanTier struct {
	ID          string           `xml:"TIER_ID,attr"`
	Type        string           `xml:"LINGUISTIC_TYPE_REF,attr"`
	Participant string           `xml:"PARTICIPANT,attr,omitempty"`
	Annotator   string           `xml:"ANNOTATOR,attr,omitempty"`
	Parent      string           `xml:"PARENT_REF,attr,omitempty"`
	Annotations []elanAnnotation `xml:"ANNOTATION"`
}

type elanAnnotation struct {
	Aligned   *elanAligned   `xml:"ALIGNABLE_ANNOTATION"`
	Reference *elanReference `xml:"REF_ANNOTATION"`
}

// elanReference says more of another annotation.
type elanReference struct {
	ID    string `xml:"ANNOTATION_ID,attr"`
	To    string `xml:"ANNOTATION_REF,attr"`
	Value string `xml:"ANNOTATION_VALUE"`
}

type elanAligned struct {
	ID    string `xml:"ANNOTATION_ID,attr"`
	From  string `xml:"TIME_SLOT_REF1,attr"`
	To    string `xml:"TIME_SLOT_REF2,attr"`
	Value string `xml:"ANNOTATION_VALUE"`
}

type elanType struct {
	ID         string `xml:"LINGUISTIC_TYPE_ID,attr"`
	Alignable  bool   `xml:"TIME_ALIGNABLE,attr"`
	References bool   `xml:"GRAPHIC_REFERENCES,attr"`
	Constraint string `xml:"CONSTRAINTS,attr,omitempty"`
}

// elanDetails is the type of the tiers that carry what ELAN has no place for, one
// below each tier of labels: an annotation there belongs to one of a label.
const (
	elanDetails = "onset-details"
	elanOneEach = "Symbolic_Association"
)

// exportELAN writes one tier for each rater and kind, and further ones where
// labels overlap, since a tier cannot hold overlapping annotations. The grid is
// 1 ms and no annotation can be empty: points become 1 ms long.
func exportELAN(w io.Writer, d Document) ([]Note, error) {
	doc := elanDocument{Format: "3.0", Version: "3.0", Author: "Onset", Header: elanHeader{TimeUnits: "milliseconds"},
		Types: []elanType{{ID: "default-lt", Alignable: true}, {ID: elanDetails, Constraint: elanOneEach}},
		Rules: []elanRule{{elanOneEach, "1-1 association with a parent annotation"}}}
	doc.Date = "1970-01-01T00:00:00Z"
	if !d.Start.IsZero() {
		doc.Date = d.Start.Format(time.RFC3339)
		if d.Unzoned {
			doc.Date = d.Start.Format("2006-01-02T15:04:05")
		}
	}
	notes := []Note{{Message: "times are rounded to whole milliseconds"}}
	byTier := map[string][]Span{}
	var order []string
	points := 0
	for _, s := range d.Spans {
		s.StartS, s.EndS = math.Round(s.StartS*1e3)/1e3, math.Round(s.EndS*1e3)/1e3
		if s.EndS <= s.StartS {
			s.EndS = s.StartS + 1e-3
			points++
		}
		key := s.Kind + "@" + s.Rater
		if _, ok := byTier[key]; !ok {
			order = append(order, key)
		}
		byTier[key] = append(byTier[key], s)
	}
	if points > 0 {
		are := "point events are"
		if points == 1 {
			are = "point event is"
		}
		notes = append(notes, Note{Message: fmt.Sprintf("%d %s written as 1 ms long", points, are)})
	}
	slices.Sort(order)
	slot := func(t float64) string {
		doc.Slots = append(doc.Slots, elanSlot{ID: fmt.Sprintf("ts%d", len(doc.Slots)+1), Value: strconv.FormatInt(int64(math.Round(t*1e3)), 10)})
		return doc.Slots[len(doc.Slots)-1].ID
	}
	n := 0
	for _, key := range order {
		for i, lane := range lanes(byTier[key]) {
			tier := elanTier{ID: key, Type: "default-lt", Annotator: lane[0].Rater}
			if i > 0 {
				tier.ID = fmt.Sprintf("%s#%d", key, i+1)
			}
			more := elanTier{ID: tier.ID + " details", Type: elanDetails, Parent: tier.ID}
			for _, s := range lane {
				n++
				said, err := json.Marshal(detailsOf(s))
				if err != nil {
					return nil, fmt.Errorf("the label at %.3f s: %w", s.StartS, err)
				}
				more.Annotations = append(more.Annotations, elanAnnotation{Reference: &elanReference{ID: fmt.Sprintf("d%d", n), To: fmt.Sprintf("a%d", n), Value: string(said)}})
				tier.Annotations = append(tier.Annotations, elanAnnotation{Aligned: &elanAligned{ID: fmt.Sprintf("a%d", n), From: slot(s.StartS), To: slot(s.EndS), Value: s.Label}})
			}
			doc.Tiers = append(doc.Tiers, tier, more)
		}
	}
	sortSlots(&doc)
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return nil, err
	}
	enc := xml.NewEncoder(w)
	enc.Indent("", "  ")
	if err := enc.Encode(doc); err != nil {
		return nil, fmt.Errorf("writing the ELAN document: %w", err)
	}
	return notes, enc.Close()
}

// sortSlots puts time slots in order, as ELAN expects of TIME_ORDER.
func sortSlots(doc *elanDocument) {
	slices.SortStableFunc(doc.Slots, func(a, b elanSlot) int {
		x, _ := strconv.ParseInt(a.Value, 10, 64)
		y, _ := strconv.ParseInt(b.Value, 10, 64)
		return int(x - y)
	})
}

func importELAN(r io.Reader, known Document) (Document, []Note, error) {
	b, err := readAll(r)
	if err != nil {
		return Document{}, nil, err
	}
	var doc elanDocument
	if err := xml.NewDecoder(bytes.NewReader(b)).Decode(&doc); err != nil {
		return Document{}, nil, fmt.Errorf("this is not an ELAN document: %w", err)
	}
	if u := doc.Header.TimeUnits; u != "" && u != "milliseconds" {
		return Document{}, nil, fmt.Errorf("its time unit is %q; only milliseconds can be placed", u)
	}
	at := map[string]float64{}
	for _, s := range doc.Slots {
		ms, err := strconv.ParseInt(s.Value, 10, 64)
		if err != nil {
			at[s.ID] = math.NaN() // ELAN leaves slots without a time between two that have one
			continue
		}
		at[s.ID] = float64(ms) / 1e3
	}
	d := Document{Session: known.Session, Start: known.Start, Line: known.Line}
	var notes []Note
	said, broken := elanSaid(doc)
	if broken > 0 {
		notes = append(notes, Note{Message: fmt.Sprintf("what the tiers of type %q say of %s could not be read and was left out", elanDetails, labelCount(broken))})
	}
	for _, tier := range doc.Tiers {
		if tier.Type == elanDetails {
			continue
		}
		kind, rater := elanTierKind(tier)
		for i, a := range tier.Annotations {
			if a.Aligned == nil {
				notes = append(notes, Note{i + 1, fmt.Sprintf("tier %q refers to another tier; its annotation has no time of its own and was left out", tier.ID)})
				continue
			}
			s := Span{Confidence: 1, StartS: at[a.Aligned.From], EndS: at[a.Aligned.To], Label: a.Aligned.Value, Kind: kind, Rater: rater, Set: tier.ID,
				Place: fmt.Sprintf("annotation %s of tier %q", a.Aligned.ID, tier.ID)}
			said[a.Aligned.ID].give(&s)
			if err := checkSpan(s); err != nil {
				return Document{}, nil, fmt.Errorf("annotation %s of tier %q: %w", a.Aligned.ID, tier.ID, err)
			}
			if kind == dataset.KindPoint {
				s.EndS = s.StartS
			}
			d.Spans = append(d.Spans, s)
		}
	}
	if len(doc.Tiers) == 0 {
		return Document{}, nil, errors.New("the ELAN document has no tier")
	}
	return finish(d), notes, nil
}

// elanSaid is what our own tiers of details say, by the annotation that they say it
// of; broken is how many cannot be read.
func elanSaid(doc elanDocument) (said map[string]details, broken int) {
	said = map[string]details{}
	for _, tier := range doc.Tiers {
		for _, a := range tier.Annotations {
			if tier.Type != elanDetails || a.Reference == nil {
				continue
			}
			var d details
			if json.Unmarshal([]byte(a.Reference.Value), &d) != nil {
				broken++
				continue
			}
			said[a.Reference.To] = d
		}
	}
	return said, broken
}

// elanTierKind reads our own tier names and falls back to ELAN's attributes.
func elanTierKind(t elanTier) (kind, rater string) {
	name, _, _ := strings.Cut(t.ID, "#")
	k, r, ours := strings.Cut(name, "@")
	if ours && slices.Contains([]string{dataset.KindExercise, dataset.KindSetup, dataset.KindRest, dataset.KindPoint}, k) {
		return k, cmp.Or(t.Annotator, r)
	}
	return dataset.KindExercise, t.Annotator
}
