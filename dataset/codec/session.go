package codec

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"onset/dataset"
)

// LabelSet is the label set that imported labels go into.
const LabelSet = "imported"

// maxFindings bounds the findings of one kind that a recording keeps one by
// one; the rest are counted in a last one.
const maxFindings = 2000

// session is what a decoder writes into: one session in the making. Nothing of
// it is in the study before commit.
type session struct {
	store   store
	unit    unit
	options Options
	people  *pseudonyms
	whose   *decision // whose it is, when that was asked before reading
	meter   *meter

	sink       sink
	info       dataset.Session
	person     string                // what the source calls the person
	mapped     dataset.ParticipantID // the code that a mapping gives
	sheet      dataset.Participant   // what the source says of them beside
	recordings []Rate
	finished   []dataset.RecordingID
	clocks     []dataset.Clock
	numbers    map[dataset.RecordingID]int
	findings   []dataset.Finding // on the session as a whole
	reported   []dataset.Finding // on its recordings, already stored
	labels     []dataset.Label
	events     []dataset.Event
	unknown    map[string]bool
	stated     *int     // the offset from Greenwich that the source states beside local times, in seconds
	zoned      bool     // the zone that a person gave was needed
	hourKnown  bool     // in which run of a repeated hour it begins was looked at
	names      []string // what the source said that names a person or a device
}

// open begins the session. info needs no ID, participant or format.
func (w *session) open(ctx context.Context, info dataset.Session) error {
	info.Participant = "" // decided when the session is whole
	if info.Format == "" {
		info.Format = w.unit.format
	}
	if err := w.people.ahead(w); err != nil {
		return err
	}
	s, err := w.store.begin(ctx, info)
	if err != nil {
		return fromStore("starting the session", err)
	}
	w.sink, w.info, w.numbers, w.unknown = s, info, map[dataset.RecordingID]int{}, map[string]bool{}
	return nil
}

// file opens a source file for reading once through; progress is counted
// and the end of ctx ends the reading.
func (w *session) file(ctx context.Context, f *sourceFile) (io.ReadCloser, error) {
	r, err := os.Open(f.path)
	if err != nil {
		return nil, badFile(f.path, "%s", reasonOf(err))
	}
	return struct {
		io.Reader
		io.Closer
	}{&meteredReader{ctx: ctx, r: r, m: w.meter, u: w.unit}, r}, nil
}

// identify keeps what names a person or a device for the key file.
func (w *session) identify(names ...string) {
	for _, n := range names {
		if n = written(n); n != "" && !noBirthday(n) {
			w.names = append(w.names, n)
		}
	}
}

// written is what a field of fixed length holds, without what fills it up.
func written(field string) string {
	return strings.Join(strings.FieldsFunc(field, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// noBirthday reports a date that devices write where nobody has entered one.
func noBirthday(text string) bool {
	year, rest, ok := strings.Cut(text, "-")
	return ok && (year == "1800" || year == "1900" || year == "0001") && strings.Trim(rest, "0") != "" && strings.Trim(rest, "01-") == ""
}

// settle decides whose session it is and keeps its names in the key file.
func (w *session) settle() error {
	d := w.whose
	if d == nil {
		var err error
		if d, err = w.people.code(w); err != nil {
			return err
		}
	}
	id, note := d.id, d.note
	w.info.Participant = id
	w.sink.setParticipant(id)
	if note != "" {
		w.find(dataset.Finding{Kind: dataset.FindingNote, Sample: -1, Message: note})
	}
	w.fillSheet(id)
	if open := w.people.openQuestion(id); open != "" {
		w.find(dataset.Finding{Kind: dataset.FindingIdentity, Sample: -1, Message: open})
	}
	if w.options.Keys == nil {
		return nil
	}
	w.identify(w.person, filepath.Base(w.unit.source))
	if err := w.options.Keys.Record(string(id), w.person, w.names); err != nil {
		return fmt.Errorf("%w; the session was not imported, for its name would be lost", err)
	}
	return nil
}

// find keeps a finding on the session as a whole.
func (w *session) find(f dataset.Finding) { w.findings = append(w.findings, f) }

// label keeps a label; its exercise goes through Options.Resolve.
func (w *session) label(l dataset.Label, name, group string) {
	if l.Kind == "" {
		l.Kind = dataset.KindExercise
	}
	l.Exercise = w.exercise(name, group)
	w.plainLabel(l)
}

// plainLabel keeps a label that names no exercise.
func (w *session) plainLabel(l dataset.Label) {
	l.Set, l.Origin, l.Confidence = LabelSet, "import", 1
	if l.Rater == "" {
		l.Rater = "source"
	}
	w.labels = append(w.labels, l)
}

// placeLabel finds the samples of a span of seconds on the first recording that
// has any there.
func (w *session) placeLabel(l *dataset.Label, from, to float64) bool {
	for i, id := range w.finished {
		n, clock := w.recordings[i].Samples, w.clocks[i]
		l.Recording, l.Start, l.End = id, clock.Sample(from, n), clock.Sample(to, n)
		if l.Kind == dataset.KindPoint {
			l.End = l.Start
			if l.Start < n {
				return true
			}
			continue
		}
		if l.Start < l.End {
			return true
		}
	}
	return false
}

// ask settles what a source leaves open. Without anybody to ask, the source is
// refused and the reason says what the answers would be.
func (w *session) ask(q Question) (string, error) {
	q.Source, q.Left = w.unit.source, w.unit.left
	var keys []string
	for _, c := range q.Choices {
		keys = append(keys, c.Key)
	}
	if w.options.Ask == nil && q.Default != "" {
		return q.Default, nil
	}
	if w.options.Ask == nil {
		return "", badFile(w.unit.source, "%s Say which %s it is: %s", q.Text, q.Topic, strings.Join(keys, " or "))
	}
	answer, err := w.options.Ask(q)
	if err != nil {
		return "", badFile(w.unit.source, "%s %v", q.Text, err)
	}
	if !slices.Contains(keys, answer) && !(q.TakesCode && strings.HasPrefix(answer, newCode)) {
		return "", badFile(w.unit.source, "%s %q is none of the answers: %s", q.Text, answer, strings.Join(keys, ", "))
	}
	return answer, nil
}

func (w *session) exercise(name, group string) string {
	own := name
	if group != "" {
		own = group + "/" + name
	}
	if w.options.Resolve == nil {
		return own
	}
	id, known := w.options.Resolve(name, group)
	if !known && !w.unknown[own] {
		w.unknown[own] = true
		w.find(dataset.Finding{Kind: dataset.FindingUnknownName, Sample: -1,
			Message: fmt.Sprintf("The catalogue knows no exercise %q; the name was kept as it is.", own)})
	}
	if id == "" {
		return own
	}
	return id
}

// record adds a recording. Its samples follow through the result.
func (w *session) record(ctx context.Context, spec recordingSpec) (*recording, error) {
	r, err := w.sink.addRecording(ctx, spec)
	if err != nil {
		return nil, fromStore("starting a recording", err)
	}
	return &recording{session: w, spec: spec, sink: r}, nil
}

// recording takes the samples of one device.
type recording struct {
	session *session
	spec    recordingSpec
	sink    recordingSink
	samples int64
}

// append takes values[channel][sample].
func (r *recording) append(ctx context.Context, values [][]float64) error {
	if len(values) == 0 || len(values[0]) == 0 {
		return nil
	}
	r.samples += int64(len(values[0]))
	return fromStore("storing samples", r.sink.Append(ctx, values))
}

// appendCodes takes codes[channel][sample].
func (r *recording) appendCodes(ctx context.Context, codes [][]int32) error {
	if len(codes) == 0 || len(codes[0]) == 0 {
		return nil
	}
	r.samples += int64(len(codes[0]))
	return fromStore("storing samples", r.sink.AppendCodes(ctx, codes))
}

func (r *recording) appendTimes(ctx context.Context, unixNanos []int64) error {
	if len(unixNanos) == 0 {
		return nil
	}
	return fromStore("storing device times", r.sink.AppendDeviceTimes(ctx, unixNanos))
}

// finish closes the recording. measuredHz is 0 when the device wrote no times.
func (r *recording) finish(ctx context.Context, clock dataset.Clock, measuredHz float64, findings []dataset.Finding) (dataset.RecordingID, error) {
	w := r.session
	if err := clock.Validate(); err != nil {
		return "", fmt.Errorf("the times in the source make no clock: %w", err)
	}
	clock = clock.Forward()
	clock.Place(findings)
	doubtGaps(findings, clock, r.samples)
	if !r.session.local() {
		for i, f := range findings {
			findings[i] = withoutHint(f)
		}
	}
	findings = capFindings(findings)
	id, err := r.sink.Finish(ctx, clock, measuredHz, findings)
	if err != nil {
		return "", fromStore("finishing a recording", err)
	}
	w.recordings = append(w.recordings, Rate{Device: r.spec.Device, Placement: r.spec.Placement,
		NominalHz: r.spec.NominalHz, MeasuredHz: measuredHz, Samples: r.samples})
	w.finished, w.clocks = append(w.finished, id), append(w.clocks, clock)
	w.numbers[id] = len(w.recordings)
	for i := range findings {
		findings[i].Recording = id
	}
	w.reported = append(w.reported, findings...)
	return id, nil
}

// capFindings keeps the first maxFindings of each kind and counts the rest.
func capFindings(all []dataset.Finding) []dataset.Finding {
	seen := map[string]int{}
	rest := map[string]*dataset.Finding{}
	var kept []dataset.Finding
	var order []string
	for _, f := range all {
		if seen[f.Kind]++; seen[f.Kind] <= maxFindings {
			kept = append(kept, f)
			continue
		}
		if rest[f.Kind] == nil {
			first := f
			first.LengthS = 0
			rest[f.Kind] = &first
			order = append(order, f.Kind)
		}
	}
	for _, kind := range order {
		f := rest[kind]
		f.Message = fmt.Sprintf("%d more findings of this kind follow; they are not listed one by one.", seen[kind]-maxFindings)
		kept = append(kept, *f)
	}
	return kept
}

// local reports that the source's times are local ones of a zone that nobody
// named, so that naming it would help.
func (w *session) local() bool {
	return w.info.Zone == "" && !w.info.Start.IsZero() && !w.zoned && w.stated == nil
}

func (w *session) commit(ctx context.Context) (ImportedSession, error) {
	if len(w.recordings) == 0 {
		return ImportedSession{}, badFile(w.unit.source, "holds no samples")
	}
	if err := w.checkTwins(ctx); err != nil {
		return ImportedSession{}, err
	}
	if err := w.settle(); err != nil {
		return ImportedSession{}, err
	}
	w.doubtZone()
	w.doubtRun()
	w.doubtClock()
	w.findings = capFindings(w.findings)
	w.sink.addFindings(w.findings)
	w.sink.addEvents(w.events)
	w.sink.addLabels(w.labels)
	id, err := w.sink.commit(ctx)
	if err != nil {
		return ImportedSession{}, fromStore("committing the session", err)
	}
	w.sink = nil
	done := ImportedSession{Session: id, Source: w.unit.source, Files: w.unit.givenPaths(), Format: w.info.Format, Participant: w.info.Participant,
		Recordings: len(w.recordings), Labels: len(w.labels), DurationS: w.recorded(), Rates: w.recordings, Findings: []Finding{}}
	for _, r := range w.recordings {
		done.Samples += r.Samples
	}
	for _, f := range append(w.findings, w.reported...) {
		done.Findings = append(done.Findings, Finding{Kind: f.Kind, AtS: f.AtS, LengthS: f.LengthS, Recording: w.numbers[f.Recording], Message: f.Message})
	}
	return done, nil
}

// recorded is how long the session was recorded, in seconds.
func (w *session) recorded() float64 {
	var s dataset.Session
	for i, clock := range w.clocks {
		s.Recordings = append(s.Recordings, dataset.Recording{Clock: clock, Samples: w.recordings[i].Samples})
	}
	return s.Recorded()
}

// checkTwins refuses a copy of what the study holds, recognised by its sensor
// values, unless the researcher wants it.
func (w *session) checkTwins(ctx context.Context) error {
	findings, err := w.sink.checkTwins(ctx, false)
	var copied *dataset.DuplicateError
	if errors.As(err, &copied) {
		answer, refusal := w.ask(Question{Topic: "copy", Extent: copied.Twin.Extent(), Text: "It " + copied.Reason() + "." + w.ownFaults(),
			Choices: []Choice{{Key: "leave", Text: "Leave it out"}, {Key: "import", Text: "Import it all the same"}}})
		if refusal != nil {
			return refusal
		}
		if answer == "leave" {
			return badFile(w.unit.source, "it %s", copied.Reason()+strings.TrimSuffix("."+w.ownFaults(), "."))
		}
		findings, err = w.sink.checkTwins(ctx, true)
	}
	if err != nil {
		return fromStore("looking for the same sensor values in the study", err)
	}
	w.reported = append(w.reported, findings...)
	return nil
}

// ownFaults tells what could not be read in a source of which nothing is kept, for
// no finding in the study will.
func (w *session) ownFaults() string {
	const most = 10
	var told []string
	for _, f := range append(slices.Clone(w.reported), w.findings...) {
		if f.Kind == dataset.FindingUnreadable && !slices.Contains(told, f.Message) {
			told = append(told, f.Message)
		}
	}
	if len(told) == 0 {
		return ""
	}
	more := ""
	if n := len(told) - most; n > 0 {
		told, more = told[:most], fmt.Sprintf(" And %d more.", n)
	}
	return " Of this file itself: " + strings.Join(told, " ") + more
}

// discard leaves nothing of the session in the study.
func (w *session) discard() {
	if w.sink != nil {
		w.sink.abort()
		w.sink = nil
	}
}
