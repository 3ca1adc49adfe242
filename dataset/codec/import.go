package codec

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"onset/dataset"
)

// Options steer an import. The zero value detects formats and asks nobody.
type Options struct {
	// Format names the decoder to use instead of detecting one; see Formats.
	Format string
	// Mapping describes delimited text files; it comes before all decoders for
	// the files that it matches.
	Mapping *Mapping
	// Mappings are those that a person has saved. Each claims the files that its
	// own rules of recognition match, before the decoders are asked.
	Mappings []*Mapping
	// Participant is the study code that every imported session gets. Empty:
	// the code is the mapping's or the key file's, a new one where the source can
	// not be of anybody in the study, and asked otherwise (TopicParticipant).
	Participant dataset.ParticipantID
	// AskPerson has Ask asked whose the sources are also while the study has nobody.
	AskPerson bool
	// Zone is the IANA zone of sources that hold local time without one.
	Zone string
	// SigningKey checks the signatures of formats that carry one; a file signed
	// otherwise is refused. Empty: signatures are not checked, and it is told.
	SigningKey string
	// Ask answers what a source leaves open; its answer is the Key of one of
	// the question's choices. Nil: such a source is refused, saying what to say.
	Ask func(Question) (string, error)
	// Resolve maps an exercise's name and group as a source wrote them to a
	// catalogue id. Nil keeps "group/name".
	Resolve func(name, group string) (id string, known bool)
	// Keys is the key file that knows people by name and takes what sources say
	// that names a person or a device: names, serial numbers, file names. None of
	// it is in the study. Nil: nobody is known, and it is forgotten.
	Keys KeyFile
}

// Question is something that a source does not say and that must not be guessed.
type Question struct {
	Source  string // the path as given
	Topic   string // what the answer settles, such as "column-order" or "unit"
	Text    string // a sentence for a person
	Choices []Choice
	// Person is what the source calls the person whose recording it is, when
	// that is asked. It may be shown to who imports, and never kept or logged.
	Person string
	// Default is the answer where nobody can be asked; empty: the source is
	// refused then.
	Default string
	// Extent is how much of the recording is in the study, of the topic "copy".
	Extent dataset.Extent
	// TakesCode says that NewCode of a study code answers it, too.
	TakesCode bool
	// Left is how many sessions of the import come after this one.
	Left int
}

// Choice is one answer to a Question.
type Choice struct {
	Key  string // what Ask returns
	Text string
}

// Progress is how far an import has come.
type Progress struct {
	Source      string // the session being read
	Done, Total int64  // bytes
	Sessions    int    // sessions committed
}

// store is what an import writes into: a study. begin opens a session that
// nobody sees before its commit.
type store interface {
	participants(ctx context.Context) ([]dataset.Participant, error)
	withdrawals(ctx context.Context) ([]time.Time, error)
	begin(ctx context.Context, s dataset.Session) (sink, error)
}

// sink takes one session.
type sink interface {
	addRecording(ctx context.Context, spec recordingSpec) (recordingSink, error)
	addFindings(f []dataset.Finding)
	addEvents(e []dataset.Event)
	setParticipant(id dataset.ParticipantID)
	addLabels(l []dataset.Label)
	setSheet(p dataset.Participant) // fills what the participant sheet leaves empty
	setStart(t time.Time, zone string)
	// checkTwins compares the sensor values with the study's. A copy is a
	// *dataset.DuplicateError unless allowed; findings are added and returned.
	checkTwins(ctx context.Context, allow bool) ([]dataset.Finding, error)
	commit(ctx context.Context) (dataset.SessionID, error)
	abort() error
}

// recordingSink takes the samples of one recording, in order.
type recordingSink interface {
	Append(ctx context.Context, values [][]float64) error
	AppendCodes(ctx context.Context, codes [][]int32) error
	AppendDeviceTimes(ctx context.Context, unixNanos []int64) error
	Finish(ctx context.Context, clock dataset.Clock, measuredHz float64, findings []dataset.Finding) (dataset.RecordingID, error)
}

// recordingSpec is what is known of a recording before its samples.
type recordingSpec struct {
	Device, Placement string
	NominalHz         float64
	Channels          []dataset.Channel
}

// run is Import into any store.
func run(ctx context.Context, st store, paths []string, o Options, progress func(Progress)) (Report, error) {
	report := Report{Imported: []ImportedSession{}, Refused: []Refusal{}, Skipped: []string{}}
	people, err := newPseudonyms(ctx, st, o)
	if err != nil {
		return report, err
	}
	sources := survey(ctx, osTree{}, paths)
	known, err := chosenFormats(o)
	if err != nil {
		return report, err
	}
	packed := &unpacker{ctx: ctx, known: known}
	defer packed.close()
	packed.expand(&sources)
	if err := ctx.Err(); err != nil {
		return report, err
	}
	report.Refused = append(report.Refused, sources.refused...)
	units, err := plan(osTree{}, sources, known, &report)
	if err != nil {
		return report, err
	}
	report.account(sources, units)
	m := newMeter(units, progress)
	for i, u := range units {
		if err := ctx.Err(); err != nil {
			return report, err
		}
		m.begin(u)
		u.left = len(units) - 1 - i
		done, err := importUnit(ctx, st, u, o, people, m)
		if err == nil {
			report.Imported = append(report.Imported, done)
			m.end(u, true)
			continue
		}
		if cause := ctx.Err(); cause != nil {
			return report, cause
		}
		if stops(err) {
			stopped := &StoppedError{Source: u.source, Imported: len(report.Imported), Err: err}
			report.Refused = append(report.Refused, u.refusals(errors.New(stopped.Cause()+"; nothing of it was kept"))...)
			for _, later := range units[i+1:] {
				report.Refused = append(report.Refused, later.refusals(errors.New("not tried: "+stopped.Cause()))...)
			}
			return report, stopped
		}
		report.Refused = append(report.Refused, u.refusals(err)...)
		m.end(u, false)
	}
	return report, nil
}

// importUnit brings in one session, or leaves nothing of it.
func importUnit(ctx context.Context, st store, u unit, o Options, people *pseudonyms, m *meter) (done ImportedSession, err error) {
	w := &session{store: st, unit: u, options: o, people: people, meter: m}
	defer func() {
		if r := recover(); r != nil {
			slog.Error("decoder failed", "format", u.format, "cause", r, "stack", string(debug.Stack()))
			err = fmt.Errorf("the %s decoder failed on this source (%v); nothing was imported from it", u.format, r)
		}
		if err != nil {
			w.discard()
		}
	}()
	if err := u.decode(ctx, w); err != nil {
		return ImportedSession{}, err
	}
	for _, f := range u.files {
		if f.spelt != "" {
			w.find(dataset.Finding{Kind: dataset.FindingNote, Sample: -1, Message: fmt.Sprintf("%s was saved by a spreadsheet program (%s); it was read as the app writes it.", f.name(), f.spelt)})
		}
	}
	return w.commit(ctx)
}

// stops reports an error of the study, after which no other session can be
// imported either, as opposed to one of the source.
func stops(err error) bool {
	var broken *storeError
	if !errors.As(err, &broken) {
		return false
	}
	for _, ofSource := range []error{dataset.ErrDuplicate, dataset.ErrNoSamples, dataset.ErrBadRequest} {
		if errors.Is(err, ofSource) {
			return false
		}
	}
	return true
}

// storeError marks an error that came from the study and not from a source.
type storeError struct{ err error }

func (e *storeError) Error() string { return e.err.Error() }
func (e *storeError) Unwrap() error { return e.err }

func fromStore(doing string, err error) error {
	if err == nil {
		return nil
	}
	return &storeError{fmt.Errorf("%s: %w", doing, err)}
}
