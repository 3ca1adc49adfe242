package codec

import (
	"context"
	"time"

	"onset/dataset"
)

// Store is what an import needs of a study; *dataset.Study is one.
type Store interface {
	Participants(ctx context.Context) ([]dataset.Participant, error)
	// Withdrawals are the moments at which somebody withdrew.
	Withdrawals(ctx context.Context) ([]time.Time, error)
	BeginImport(ctx context.Context, s dataset.Session) (*dataset.Import, error)
}

// Import brings the recordings under paths, files or folders, into a study: each
// session whole or not at all. The report says what became of every path; a
// source that cannot be read is refused in it and the rest goes on. The error is
// for what stops the import: the context's end, or a study that cannot be
// written; sessions reported as imported are safe even then. progress may be nil.
func Import(ctx context.Context, study Store, paths []string, o Options, progress func(Progress)) (Report, error) {
	return run(ctx, studyStore{study}, paths, o, progress)
}

// studyStore adapts a study to what decoders write into.
type studyStore struct{ study Store }

func (s studyStore) participants(ctx context.Context) ([]dataset.Participant, error) {
	return s.study.Participants(ctx)
}

func (s studyStore) withdrawals(ctx context.Context) ([]time.Time, error) {
	return s.study.Withdrawals(ctx)
}

func (s studyStore) begin(ctx context.Context, info dataset.Session) (sink, error) {
	im, err := s.study.BeginImport(ctx, info)
	if err != nil {
		return nil, err
	}
	return studySink{im}, nil
}

type studySink struct{ im *dataset.Import }

func (s studySink) addRecording(ctx context.Context, spec recordingSpec) (recordingSink, error) {
	return s.im.AddRecording(ctx, dataset.RecordingDraft{Device: spec.Device, Placement: spec.Placement,
		NominalHz: spec.NominalHz, Channels: spec.Channels})
}

func (s studySink) addFindings(f []dataset.Finding) { s.im.AddFindings(f) }
func (s studySink) addEvents(e []dataset.Event)     { s.im.AddEvents(e) }
func (s studySink) addLabels(l []dataset.Label)     { s.im.AddLabels(l) }
func (s studySink) setParticipant(id dataset.ParticipantID) {
	s.im.SetParticipant(id)
}
func (s studySink) setSheet(p dataset.Participant)    { s.im.SetSheet(p) }
func (s studySink) setStart(t time.Time, zone string) { s.im.SetStart(t, zone) }
func (s studySink) checkTwins(ctx context.Context, allow bool) ([]dataset.Finding, error) {
	return s.im.CheckTwins(ctx, allow)
}
func (s studySink) commit(ctx context.Context) (dataset.SessionID, error) { return s.im.Commit(ctx) }
func (s studySink) abort() error                                          { return s.im.Abort() }
