package training

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"sort"

	"onset/dataset"
)

// Example says where a window came from.
type Example struct {
	Participant dataset.ParticipantID `json:"participant"`
	Session     dataset.SessionID     `json:"session"`
	Recording   dataset.RecordingID   `json:"recording"`
	Label       dataset.LabelID       `json:"label,omitempty"`
	StartS      float64               `json:"start_s"` // seconds from the session's start
	Sample      int64                 `json:"sample"`  // first sample of Recording
	Class       int                   `json:"class"`
	// Extra marks a window that only ever trains, such as one that starts after
	// the onset.
	Extra bool `json:"extra,omitempty"`
	// Bridged are the window's instants that were interpolated over gaps.
	Bridged int `json:"bridged,omitempty"`

	offset  float64 // seconds from the onset that an extra window starts at
	source  string  // fingerprint of the session's content
	digest  [sha256.Size]byte
	startNs int64 // the session's start, for the order of time
}

// Dropped counts what could not become an example.
type Dropped struct {
	Gap      int `json:"gap"`       // a hole in the recording lies inside
	Outside  int `json:"outside"`   // the window reaches past the recording
	NoSensor int `json:"no_sensor"` // no recording of the session holds the sensor then
	Missing  int `json:"missing"`   // samples that are no numbers
	Short    int `json:"short"`     // the label covers less than min_share of the window
	NoClass  int `json:"no_class"`  // the label doesn't say what is to be learnt
	Sessions int `json:"sessions"`  // sessions without one of the sensors
}

// WindowSet is a frozen choice of examples with their samples, in an order that
// depends on content only.
type WindowSet struct {
	Hash     string // SHA-256 over the manifest
	Manifest []byte
	Contract Contract // without scaling
	Classes  []string // sorted
	Examples []Example
	// Windows are the samples of each example, channel-major:
	// [channel*Samples+sample], in the contract's units.
	Windows [][]float32
	Dropped Dropped
	Bridged Bridged
	Notes   []string // what was converted, left out or chosen, as sentences

	shift float64 // seconds that windows were moved against their onsets
}

// candidate is a window before its samples are read.
type candidate struct {
	moment Moment
	rec    dataset.RecordingID
	sample int64
	label  dataset.LabelID
	class  string
	extra  bool
	offset float64
}

// visit is one session with its labels, ready to be read.
type visit struct {
	session dataset.Session
	labels  []dataset.Label
	source  string
}

// ReadWindows reads the examples that a config chooses. observe may be nil.
func ReadWindows(ctx context.Context, store Store, cfg Config, observe func(Progress)) (*WindowSet, error) {
	return readShifted(ctx, store, cfg, 0, observe)
}

// readShifted reads windows that begin shift seconds after their onsets.
func readShifted(ctx context.Context, store Store, cfg Config, shift float64, observe func(Progress)) (*WindowSet, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	if observe == nil {
		observe = func(Progress) {}
	}
	visits, err := chooseSessions(ctx, store, cfg.Data, cfg.Split)
	if err != nil {
		return nil, err
	}
	set := &WindowSet{shift: shift}
	if visits, err = set.chooseContract(visits, cfg.Data); err != nil {
		return nil, err
	}
	var classes []string
	for i, v := range visits {
		observe(Progress{Phase: PhaseReading, Done: float64(i) / float64(len(visits))})
		names, err := set.readVisit(ctx, store, v, cfg)
		if err != nil {
			return nil, fmt.Errorf("session of %s: %w", v.session.Participant, err)
		}
		classes = append(classes, names...)
	}
	if len(set.Examples) == 0 {
		return nil, fmt.Errorf("%w: %s; the study is unharmed; check data.sensor_set, data.label and the labels", errNoWindow, set.Dropped)
	}
	set.noteConversions(visits, cfg.Data.Recordings)
	set.noteBridges()
	set.nameClasses(classes)
	set.sort()
	if len(set.Classes) < 2 {
		return nil, fmt.Errorf("all %d windows are of the class %q; at least two classes are needed", len(set.Examples), set.Classes[0])
	}
	return set, set.freeze(cfg)
}

var errNoWindow = errors.New("no window could be made")

func (d Dropped) String() string {
	return fmt.Sprintf("%d windows had a gap, %d reached outside, %d lacked a sensor, %d lacked samples, %d labels were too short, %d labels had no class, %d sessions lacked a sensor",
		d.Gap, d.Outside, d.NoSensor, d.Missing, d.Short, d.NoClass, d.Sessions)
}

func chooseSessions(ctx context.Context, store Store, d DataConfig, split SplitConfig) ([]visit, error) {
	all, err := store.Sessions(ctx)
	if err != nil {
		return nil, fmt.Errorf("listing sessions: %w", err)
	}
	in, err := groupFilter(ctx, store, d.Group)
	if err != nil {
		return nil, err
	}
	known, outside := map[string]bool{}, map[string]bool{}
	var visits []visit
	var open UnsettledError
	for _, sum := range all {
		id := string(sum.ID)
		known[id] = true
		if split.aside(sum) {
			outside[string(sum.Participant)], outside[id] = true, true
			open.add(sum)
			continue
		}
		if slices.Contains(d.ExcludeSessions, id) || !d.Sessions.has(id) || !d.Participants.has(string(sum.Participant)) || !in(sum.Participant) {
			continue
		}
		s, err := store.Session(ctx, sum.ID)
		if err != nil {
			return nil, fmt.Errorf("reading session %s: %w", sum.ID, err)
		}
		labels, err := store.Labels(ctx, dataset.LabelFilter{Session: sum.ID, Set: d.LabelSet})
		if err != nil {
			return nil, fmt.Errorf("reading labels of session %s: %w", sum.ID, err)
		}
		if err := oneLabelSet(labels); err != nil {
			return nil, fmt.Errorf("session %s: %w", sum.ID, err)
		}
		if len(labels) > 0 { // a session without any gives no window
			open.add(sum)
		}
		visits = append(visits, visit{session: s, labels: labels, source: fingerprint(s)})
	}
	if err := open.guard(split); err != nil {
		return nil, err
	}
	for _, id := range slices.Concat(d.Sessions, Selection(d.ExcludeSessions)) {
		if !known[id] {
			return nil, bad("data.sessions", "the study has no session %q", id)
		}
	}
	for _, name := range split.External {
		if !outside[name] {
			return nil, bad("split.external", "the study has no %s %q; nobody would be set aside", split.By, name)
		}
	}
	if len(visits) == 0 {
		return nil, errors.New("no session is chosen; check data.sessions and data.participants")
	}
	sort.SliceStable(visits, func(i, j int) bool { return visits[i].source < visits[j].source })
	return visits, nil
}

// aside reports whether a session belongs to the external test set, which
// nothing is learnt from or chosen by.
func (s SplitConfig) aside(sum dataset.SessionSummary) bool {
	if s.By == BySession {
		return slices.Contains(s.External, string(sum.ID))
	}
	return slices.Contains(s.External, string(sum.Participant))
}

// groupFilter tells who is in a group; everyone is in "".
func groupFilter(ctx context.Context, store Store, group string) (func(dataset.ParticipantID) bool, error) {
	if group == "" {
		return func(dataset.ParticipantID) bool { return true }, nil
	}
	s, ok := store.(interface {
		Participants(ctx context.Context) ([]dataset.Participant, error)
	})
	if !ok {
		return nil, bad("data.group", "this study has no groups")
	}
	people, err := s.Participants(ctx)
	if err != nil {
		return nil, fmt.Errorf("reading groups: %w", err)
	}
	in := map[dataset.ParticipantID]bool{}
	for _, p := range people {
		in[p.ID] = p.Group == group
	}
	if !slices.Contains(slices.Collect(maps.Values(in)), true) {
		return nil, bad("data.group", "nobody is in the group %q", group)
	}
	return func(id dataset.ParticipantID) bool { return in[id] }, nil
}

// oneLabelSet refuses exercise labels of two sets over the same samples: they
// would count the same second twice, perhaps under two names.
func oneLabelSet(labels []dataset.Label) error {
	for i, a := range labels {
		for _, b := range labels[i+1:] {
			if a.Set == b.Set || a.Kind != dataset.KindExercise || b.Kind != dataset.KindExercise || a.Recording != b.Recording {
				continue
			}
			if both := min(a.End, b.End) - max(a.Start, b.Start); both*2 > min(a.End-a.Start, b.End-b.Start) {
				return bad("data.label_set", "the label sets %q and %q both label sample %d; choose one of them", a.Set, b.Set, max(a.Start, b.Start))
			}
		}
	}
	return nil
}

// readVisit reads one session's windows and returns the class name of each.
func (set *WindowSet) readVisit(ctx context.Context, store Store, v visit, cfg Config) ([]string, error) {
	r, err := newReader(store, v.session, set.Contract, cfg.Data.Recordings)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, c := range set.candidates(v, cfg) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		w, bridged, err := r.window(ctx, c.moment)
		switch {
		case err == nil:
		case c.extra && (errors.Is(err, ErrGap) || errors.Is(err, ErrOutside) || errors.Is(err, ErrNotANum)):
			continue
		case errors.Is(err, ErrGap):
			set.Dropped.Gap++
			continue
		case errors.Is(err, ErrOutside):
			set.Dropped.Outside++
			continue
		case errors.Is(err, ErrNoSensor):
			set.Dropped.NoSensor++
			continue
		case errors.Is(err, ErrNotANum):
			set.Dropped.Missing++
			continue
		default:
			return nil, err
		}
		set.Bridged.Windows += bridged.Windows
		set.Bridged.Samples += bridged.Samples
		flat := flatten(w)
		set.Windows = append(set.Windows, flat)
		names = append(names, c.class)
		set.Examples = append(set.Examples, Example{
			Participant: v.session.Participant, Session: v.session.ID, Recording: c.rec, Label: c.label,
			StartS: c.moment.Seconds, Sample: c.sample, Extra: c.extra, Bridged: bridged.Samples, offset: c.offset,
			source: v.source, digest: digest(flat), startNs: v.session.Start.UnixNano(),
		})
	}
	return names, nil
}

func flatten(window [][]float64) []float32 {
	flat := make([]float32, 0, len(window)*len(window[0]))
	for _, ch := range window {
		for _, v := range ch {
			flat = append(flat, float32(v))
		}
	}
	return flat
}

// nameClasses numbers the sorted class names.
func (set *WindowSet) nameClasses(names []string) {
	set.Classes = slices.Clone(names)
	slices.Sort(set.Classes)
	set.Classes = slices.Compact(set.Classes)
	for i, n := range names {
		set.Examples[i].Class, _ = slices.BinarySearch(set.Classes, n)
	}
}

// sort orders the examples by content, so that the same recordings imported
// again, in another order and under other row ids, give the same order.
func (set *WindowSet) sort() {
	order := make([]int, len(set.Examples))
	for i := range order {
		order[i] = i
	}
	less := func(a, b *Example) int {
		for _, c := range []int{
			compare(a.Participant, b.Participant), compare(a.source, b.source),
			compare(a.StartS, b.StartS), compare(a.Class, b.Class),
			slices.Compare(a.digest[:], b.digest[:]),
		} {
			if c != 0 {
				return c
			}
		}
		return 0
	}
	sort.SliceStable(order, func(i, j int) bool { return less(&set.Examples[order[i]], &set.Examples[order[j]]) < 0 })
	examples, windows := make([]Example, len(order)), make([][]float32, len(order))
	for i, k := range order {
		examples[i], windows[i] = set.Examples[k], set.Windows[k]
	}
	set.Examples, set.Windows = examples, windows
}

func compare[T interface {
	~string | ~int | ~float64
}](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// judged are the indices of the examples that may be tested on.
func (set *WindowSet) judged() []int {
	var out []int
	for i, e := range set.Examples {
		if !e.Extra {
			out = append(out, i)
		}
	}
	return out
}

// roundTime keeps times equal across platforms and imports to a microsecond.
func roundTime(s float64) float64 { return math.Round(s*1e6) / 1e6 }
