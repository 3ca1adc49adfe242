package training

import (
	"fmt"
	"math"
	"slices"
	"sort"

	"onset/dataset"
)

// chooseContract fixes channels, units and rate from what the chosen sessions
// hold, and leaves out sessions that lack a sensor.
func (set *WindowSet) chooseContract(visits []visit, d DataConfig) ([]visit, error) {
	sensors := slices.Clone(d.SensorSet)
	if d.SensorSet.IsAny() {
		sensors = []string{anyAccelerometer}
	}
	slices.Sort(sensors)
	var kept []visit
	axes, units := map[string][]string{}, map[string]string{}
	rate := math.Inf(1)
	for _, v := range visits {
		sources, ok := recordingsFor(v.session, sensors, d.Recordings)
		if !ok {
			set.Dropped.Sessions++
			continue
		}
		for _, s := range sensors {
			for _, rec := range sources[s] {
				if err := agree(axes, units, s, rec, d); err != nil {
					return nil, fmt.Errorf("session of %s: %w", v.session.Participant, err)
				}
				rate = min(rate, nominal(rec))
			}
		}
		kept = append(kept, v)
	}
	if len(kept) == 0 {
		return nil, fmt.Errorf("none of the %d chosen sessions holds %v; the sensors of a session are listed in the library", len(visits), sensors)
	}
	if d.RateHz > 0 {
		rate = d.RateHz
	} else {
		set.note("Windows are at %g Hz, the lowest nominal rate of the recordings.", rate)
	}
	return kept, set.fillContract(sensors, axes, units, rate, d)
}

func (set *WindowSet) fillContract(sensors []string, axes map[string][]string, units map[string]string, rate float64, d DataConfig) error {
	spec, err := parseFilter(d.Filter)
	if err != nil {
		return bad("data.filter", "%v", err)
	}
	if spec, err = spec.withSections(rate); err != nil {
		return bad("data.filter", "%v", err)
	}
	n := samplesOf(d.WindowS, rate)
	if n < 1 {
		return bad("data.window_s", "%g s hold no sample at %g Hz", d.WindowS, rate)
	}
	// The window is a whole number of samples long.
	c := Contract{SensorSet: d.SensorSet, RateHz: rate, WindowS: d.WindowS, Samples: n, Filter: spec, Orientation: d.Orientation, BridgeS: d.BridgeS}
	for _, s := range sensors {
		for _, axis := range axes[s] {
			c.Channels = append(c.Channels, ChannelSpec{Sensor: s, Axis: axis, Unit: units[s]})
		}
	}
	if d.Orientation != OrientationSensor {
		if _, err := triads(c.Channels); err != nil {
			return bad("data.orientation", "%v", err)
		}
	}
	set.Contract = c
	return nil
}

func (set *WindowSet) note(format string, a ...any) {
	text := fmt.Sprintf(format, a...)
	if !slices.Contains(set.Notes, text) {
		set.Notes = append(set.Notes, text)
	}
}

// recordingsFor lists the recordings that hold each sensor; ok is false when one
// is missing.
func recordingsFor(s dataset.Session, sensors []string, chosen Selection) (map[string][]dataset.Recording, bool) {
	out := map[string][]dataset.Recording{}
	for _, name := range sensors {
		for _, rec := range s.Recordings {
			if chosen.has(rec.Placement, rec.Device) && rec.Samples > 0 && holds(rec, name) {
				out[name] = append(out[name], rec)
			}
		}
		if len(out[name]) == 0 {
			return nil, false
		}
	}
	return out, true
}

// agree checks a recording's axes and unit of a sensor against those seen so
// far and the config's units.
func agree(axes map[string][]string, units map[string]string, sensor string, rec dataset.Recording, d DataConfig) error {
	var names []string
	unit := ""
	for _, ch := range rec.Channels {
		if ch.Kind != kindOf(sensor) {
			continue
		}
		names = append(names, ch.Axis)
		if unit != "" && ch.Unit != unit {
			return fmt.Errorf("%s has axes in %q and in %q", sensor, unit, ch.Unit)
		}
		unit = ch.Unit
	}
	sort.Strings(names)
	if seen, ok := axes[sensor]; ok && !slices.Equal(seen, names) {
		return fmt.Errorf("%s has axes %v here and %v in another recording", sensor, names, seen)
	}
	axes[sensor] = names
	for _, want := range d.Units {
		if _, ok := conversion(unit, want); ok {
			unit = want
			break
		}
	}
	if seen, ok := units[sensor]; ok && seen != unit {
		return fmt.Errorf("%s is in %q here and in %q in another recording; nothing is converted unless data.units says to what, such as units = [%q]", sensor, unit, seen, seen)
	}
	units[sensor] = unit
	return nil
}

// nominal is a recording's nominal rate, or its clock's when the device claims
// none, to a tenth of a hertz.
func nominal(rec dataset.Recording) float64 {
	if rec.NominalHz > 0 {
		return rec.NominalHz
	}
	return math.Round(rec.Clock.Segments[0].Rate*10) / 10
}

// noteConversions says in a sentence what was converted.
func (set *WindowSet) noteConversions(visits []visit, recordings Selection) {
	for _, v := range visits {
		for _, rec := range v.session.Recordings {
			if !recordings.has(rec.Placement, rec.Device) {
				continue
			}
			for _, want := range set.Contract.Channels {
				for _, ch := range rec.Channels {
					if holds(rec, want.Sensor) && ch.Kind == kindOf(want.Sensor) && ch.Unit != want.Unit {
						set.note("%s of some recordings is converted from %s to %s.", want.Sensor, ch.Unit, want.Unit)
					}
				}
			}
		}
	}
}

// noteBridges says in a sentence what was interpolated.
func (set *WindowSet) noteBridges() {
	if set.Contract.BridgeS > 0 {
		set.note("Gaps of up to %g s inside a window were bridged by a straight line: %d of %d windows, %d of their %d instants.",
			set.Contract.BridgeS, set.Bridged.Windows, len(set.Examples), set.Bridged.Samples, set.Bridged.Windows*set.Contract.Samples)
	}
}

// candidates lists the windows of a session.
func (set *WindowSet) candidates(v visit, cfg Config) []candidate {
	if cfg.Data.At == AtOnset {
		return set.onsets(v, cfg)
	}
	if cfg.Data.LabelRule == RuleWhole {
		return set.insideLabels(v, cfg.Data)
	}
	return set.grid(v, cfg.Data)
}

// spans are the labels of a kind that have a class, with it.
func (set *WindowSet) spans(v visit, kind string, d DataConfig) (labels []dataset.Label, classes []string) {
	rule, err := classOf(d.Label)
	if err != nil { // the config's check refuses such a rule
		return nil, nil
	}
	said := func(dataset.Label) string { return "anything" }
	if d.Require != "" {
		if said, err = classOf(d.Require); err != nil {
			return nil, nil
		}
	}
	for _, l := range v.labels {
		if l.Kind != kind {
			continue
		}
		name := rule(l)
		if name == "" || said(l) == "" {
			set.Dropped.NoClass++
			continue
		}
		if d.Classes.has(name) {
			labels, classes = append(labels, l), append(classes, name)
		}
	}
	return labels, classes
}

// setupReach is how long before an exercise's span its setup label may end.
const setupReach = 0.5

// onsets gives one window for each exercise label, from its setup label where
// there is one, and one for each setup label that stands alone.
func (set *WindowSet) onsets(v visit, cfg Config) []candidate {
	labels, classes := set.spans(v, dataset.KindExercise, cfg.Data)
	setups, setupClasses := set.spans(v, dataset.KindSetup, cfg.Data)
	used := make([]bool, len(setups))
	var out []candidate
	for i, l := range labels {
		start := l
		for j, s := range setups {
			if !used[j] && setupClasses[j] == classes[i] && belongs(v.session, s, l) {
				used[j], start = true, s
				break
			}
		}
		out = append(out, set.fromOnset(v.session, start, l, classes[i], cfg)...)
	}
	for j, s := range setups {
		if !used[j] {
			out = append(out, set.fromOnset(v.session, s, s, setupClasses[j], cfg)...)
		}
	}
	return out
}

// belongs reports whether a setup label is the onset of an exercise label.
func belongs(session dataset.Session, setup, exercise dataset.Label) bool {
	from, _ := timeOf(session, setup.Recording, setup.Start)
	to, _ := timeOf(session, setup.Recording, setup.End)
	begin, _ := timeOf(session, exercise.Recording, exercise.Start)
	end, _ := timeOf(session, exercise.Recording, exercise.End)
	return from < end && to > begin-setupReach
}

func timeOf(s dataset.Session, id dataset.RecordingID, sample int64) (float64, *dataset.Recording) {
	for i := range s.Recordings {
		if s.Recordings[i].ID == id {
			return s.Recordings[i].Clock.Time(sample), &s.Recordings[i]
		}
	}
	return 0, nil
}

// fromOnset is the window at a label's start, extra ones before it, and extra ones
// after it that still lie inside the exercise.
func (set *WindowSet) fromOnset(s dataset.Session, start, whole dataset.Label, class string, cfg Config) []candidate {
	t, rec := timeOf(s, start.Recording, start.Start)
	m := Moment{Seconds: roundTime(t), Recording: start.Recording, Sample: float64(start.Start)}
	end, _ := timeOf(s, whole.Recording, whole.End)
	if end-t < cfg.Data.MinShare*cfg.Data.WindowS-0.5/set.Contract.RateHz {
		set.Dropped.Short++
		return nil
	}
	if set.shift != 0 {
		m = m.after(set.shift, rec)
		m.Seconds = roundTime(m.Seconds)
		if m.Sample < 0 {
			set.Dropped.Outside++
			return nil
		}
	}
	out := []candidate{{moment: m, rec: start.Recording, sample: start.Start, label: whole.ID, class: class}}
	a := cfg.Augment
	for k := -int(a.LeadS/a.CropStepS + 1e-9); float64(k)*a.CropStepS <= a.CropS+1e-9; k++ {
		if k == 0 {
			continue
		}
		other := m.after(float64(k)*a.CropStepS, rec)
		if k > 0 && other.Seconds+set.Contract.WindowS > end {
			break
		}
		other.Seconds = roundTime(other.Seconds)
		out = append(out, candidate{moment: other, rec: start.Recording, sample: other.sample(rec), label: whole.ID, class: class,
			extra: true, offset: roundTime(float64(k) * a.CropStepS)})
	}
	return out
}

// insideLabels slides a window from each label's start to its end.
func (set *WindowSet) insideLabels(v visit, d DataConfig) []candidate {
	var out []candidate
	labels, classes := set.spans(v, dataset.KindExercise, d)
	for i, l := range labels {
		t, rec := timeOf(v.session, l.Recording, l.Start)
		end, _ := timeOf(v.session, l.Recording, l.End)
		m := Moment{Seconds: t, Recording: l.Recording, Sample: float64(l.Start)}
		for k := 0; ; k++ {
			at := m.after(float64(k)*d.StepS, rec)
			if at.Seconds+d.WindowS > end+0.5/set.Contract.RateHz {
				break
			}
			at.Seconds = roundTime(at.Seconds)
			out = append(out, candidate{moment: at, rec: l.Recording, sample: at.sample(rec), label: l.ID, class: classes[i]})
		}
	}
	return out
}

// grid slides a window over every recording that holds the first sensor and
// names it by the label rule.
func (set *WindowSet) grid(v visit, d DataConfig) []candidate {
	labels, classes := set.spans(v, dataset.KindExercise, d)
	var out []candidate
	for i := range v.session.Recordings {
		rec := &v.session.Recordings[i]
		if rec.Samples == 0 || !d.Recordings.has(rec.Placement, rec.Device) || !holds(*rec, set.Contract.Channels[0].Sensor) {
			continue
		}
		from, to := rec.Clock.Time(0), rec.Clock.End(rec.Samples)
		gaps := rec.Clock.Gaps()
		for k := 0; from+float64(k)*d.StepS+d.WindowS <= to+0.5/set.Contract.RateHz; k++ {
			t := roundTime(from + float64(k)*d.StepS)
			for len(gaps) > 0 && gaps[0].To <= t {
				gaps = gaps[1:]
			}
			if len(gaps) > 0 && t > gaps[0].From && t+d.WindowS < gaps[0].To {
				// Nothing was recorded in this window or the next ones: a clock that
				// was set underway leaves a hole of years.
				k += max(int((gaps[0].To-t-d.WindowS)/d.StepS)-1, 0)
				set.Dropped.Gap++
				continue
			}
			class, label := set.classAt(v.session, labels, classes, rec, t, d)
			if class == "" {
				if class = d.Background; class == "" {
					continue
				}
			}
			out = append(out, candidate{moment: At(t), rec: rec.ID, sample: rec.Clock.Sample(t, rec.Samples), label: label, class: class})
		}
	}
	return out
}

// classAt applies the label rule to the window [t, t+WindowS).
func (set *WindowSet) classAt(s dataset.Session, labels []dataset.Label, classes []string, rec *dataset.Recording, t float64, d DataConfig) (string, dataset.LabelID) {
	best, share, class, id := 0.0, map[string]float64{}, "", dataset.LabelID("")
	for i, l := range labels {
		from, own := timeOf(s, l.Recording, l.Start)
		if own == nil {
			continue
		}
		to := own.Clock.Time(l.End)
		if d.LabelRule == RuleEnd {
			if last := t + d.WindowS - 0.5/set.Contract.RateHz; last >= from && last < to {
				return classes[i], l.ID
			}
			continue
		}
		both := min(to, t+d.WindowS) - max(from, t)
		if both <= 0 {
			continue
		}
		share[classes[i]] += both / d.WindowS
		if share[classes[i]] > best {
			best, class, id = share[classes[i]], classes[i], l.ID
		}
	}
	if best+1e-9 < d.MinShare || best == 0 {
		return "", ""
	}
	return class, id
}
