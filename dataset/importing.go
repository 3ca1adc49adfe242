package dataset

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// flushBytes is how much encoded evidence an import gathers in memory before it
// is written. Other writers wait at most as long as that write takes.
const flushBytes = 4 << 20

// Import brings one session into the study. Nothing of it is visible before
// Commit; Abort, a failed Commit and a crash leave nothing. Its methods and
// those of its recording writers may be called from several goroutines, one at
// a time for each writer.
type Import struct {
	study *Study
	name  string // for messages: what is imported

	mu         sync.Mutex
	session    Session
	person     Participant // what the source says of whose it is; no code
	recordings []*RecordingWriter
	findings   []Finding
	events     []Event
	labels     []Label
	queue      []blob
	queued     int
	written    int        // bytes of pieces
	writing    chan error // the write under way, nil for none
	err        error      // the first failure; nothing works after it
	done       bool
}

// blob is an encoded piece that waits for the next flush.
type blob struct {
	query string
	args  []any // the last is the piece
}

func (b blob) data() []byte { return b.args[len(b.args)-1].([]byte) }

var errImportOver = errors.New("the import is committed or aborted")

// BeginImport starts to bring in a session, given without recordings and
// events. Whose it is may be said later, by SetParticipant. An empty ID is made here; the participant is created at Commit when
// new; the number is always the next of the participant.
func (s *Study) BeginImport(ctx context.Context, session Session) (*Import, error) {
	doing := "importing " + nameOf(session)
	if err := checkSession(session, false); err != nil {
		return nil, explain(doing, err)
	}
	if session.ID == "" {
		id, err := s.newID()
		if err != nil {
			return nil, explain(doing, err)
		}
		session.ID = SessionID(id)
	}
	session.Recordings, session.Events, session.Findings = nil, nil, nil
	session.ImportedAt = s.now().UTC()
	im := &Import{study: s, name: nameOf(session), session: session}
	err := s.stage(ctx, doing, func(tx *sql.Tx) error {
		var there int
		err := tx.QueryRowContext(ctx, "SELECT count(*) FROM sessions WHERE id=?", string(session.ID)).Scan(&there)
		if err != nil {
			return err
		}
		if there > 0 {
			return fmt.Errorf("session %s is %w", session.ID, ErrDuplicate)
		}
		return putSession(ctx, tx, session, nil)
	})
	if err != nil {
		return nil, err
	}
	return im, nil
}

func nameOf(s Session) string {
	if s.Source != "" {
		return s.Source
	}
	return "a session"
}

// checkSession refuses what can not be kept; whole wants the participant too.
func checkSession(s Session, whole bool) error {
	if whole || s.Participant != "" {
		if err := checkCode("participant", string(s.Participant)); err != nil {
			return err
		}
	}
	if s.ID != "" {
		if err := checkCode("session", string(s.ID)); err != nil {
			return err
		}
	}
	if p := s.Place; p != nil && (!finite(p.Latitude, p.Longitude) || max(p.Latitude, -p.Latitude) > 90 || max(p.Longitude, -p.Longitude) > 180) {
		return fmt.Errorf("a place at %g, %g degrees: %w", p.Latitude, p.Longitude, ErrBadRequest)
	}
	return checkTime(s.Start)
}

// checkTime refuses a time that does not fit nanoseconds in 64 bits.
func checkTime(t time.Time) error {
	if !t.IsZero() && (t.Year() < 1678 || t.Year() > 2261) {
		return fmt.Errorf("a start in the year %d (1678 to 2261 can be kept): %w", t.Year(), ErrBadRequest)
	}
	return nil
}

// SetParticipant says whose session it is, when that is only known after
// reading.
func (im *Import) SetParticipant(id ParticipantID) {
	im.mu.Lock()
	defer im.mu.Unlock()
	im.session.Participant = id
}

// SetSheet says what the source knows of whose session it is. At Commit it fills
// what the study's participant sheet leaves empty, and replaces nothing.
func (im *Import) SetSheet(p Participant) {
	im.mu.Lock()
	defer im.mu.Unlock()
	im.person = p
}

// SetStart says when the session began and in which zone, when that is only
// known after reading.
func (im *Import) SetStart(t time.Time, zone string) {
	im.mu.Lock()
	defer im.mu.Unlock()
	im.session.Start, im.session.Zone = t, zone
}

// AddFindings adds findings about the session; an empty Recording concerns all
// of it.
func (im *Import) AddFindings(list []Finding) {
	im.mu.Lock()
	defer im.mu.Unlock()
	im.findings = append(im.findings, list...)
}

// AddEvents adds events in any order; they are kept sorted by time.
func (im *Import) AddEvents(list []Event) {
	im.mu.Lock()
	defer im.mu.Unlock()
	im.events = append(im.events, list...)
}

// AddLabels adds labels on recordings that Finish has named. An empty ID is
// made here, an empty Set is "imported", an empty Origin "import".
func (im *Import) AddLabels(list []Label) {
	im.mu.Lock()
	defer im.mu.Unlock()
	im.labels = append(im.labels, list...)
}

// Commit makes the session visible with its labels in one durable transaction
// and gives its identifier. After an error the import is aborted.
func (im *Import) Commit(ctx context.Context) (SessionID, error) {
	im.mu.Lock()
	defer im.mu.Unlock()
	if im.done {
		return "", fmt.Errorf("importing %s: %w", im.name, errImportOver)
	}
	err := im.commit(ctx)
	if err != nil {
		return "", errors.Join(err, im.abort())
	}
	im.done = true
	return im.session.ID, nil
}

func (im *Import) commit(ctx context.Context) error {
	doing := "importing " + im.name
	if im.err != nil {
		return im.err
	}
	if err := im.assemble(); err != nil {
		return explain(doing, err)
	}
	if err := im.flush(ctx); err != nil {
		return err
	}
	err := im.study.makingRoom(ctx, func() error {
		return im.study.bulk(ctx, doing, true, func(tx *sql.Tx) error { return im.reveal(ctx, tx) })
	})
	if err == nil && im.written >= flushBytes {
		im.study.behind.Go(im.study.moveLog)
	}
	return err
}

// assemble checks that the session is whole and puts its parts together.
func (im *Import) assemble() error {
	if len(im.recordings) == 0 {
		return ErrNoSamples
	}
	im.session.Recordings = nil
	for i, w := range im.recordings {
		if !w.finished {
			return fmt.Errorf("recording %d was not finished: %w", i+1, ErrBadRequest)
		}
		im.session.Recordings = append(im.session.Recordings, w.rec)
	}
	if err := checkSession(im.session, true); err != nil {
		return err
	}
	for _, f := range im.all() {
		if err := im.checkFinding(f); err != nil {
			return err
		}
	}
	im.events = slices.Clone(im.events)
	slices.SortStableFunc(im.events, compareEvents)
	for _, e := range im.events {
		if !finite(e.AtS, e.Value) {
			return fmt.Errorf("event %q at %g s with value %g: %w", e.Kind, e.AtS, e.Value, ErrBadRequest)
		}
	}
	return im.completeLabels()
}

func (im *Import) checkFinding(f Finding) error {
	if !finite(f.AtS, f.LengthS) {
		return fmt.Errorf("finding %q at %g s: %w", f.Kind, f.AtS, ErrBadRequest)
	}
	if f.Recording != "" && im.recording(f.Recording) == nil {
		return fmt.Errorf("finding %q names recording %s, which is not of this import: %w", f.Kind, f.Recording, ErrBadRequest)
	}
	return nil
}

func (im *Import) recording(id RecordingID) *Recording {
	for i := range im.session.Recordings {
		if im.session.Recordings[i].ID == id {
			return &im.session.Recordings[i]
		}
	}
	return nil
}

func (im *Import) completeLabels() error {
	im.labels = slices.Clone(im.labels)
	for i := range im.labels {
		l := &im.labels[i]
		l.Session = im.session.ID
		if l.Set == "" {
			l.Set = "imported"
		}
		if l.Origin == "" {
			l.Origin = "import"
		}
		if err := im.study.completeLabel(l); err != nil {
			return err
		}
		r := im.recording(l.Recording)
		if r == nil {
			return fmt.Errorf("label %d is on recording %q, which is not of this import: %w", i+1, l.Recording, ErrBadRequest)
		}
		if err := checkLabel(*l, r.Samples); err != nil {
			return fmt.Errorf("label %d: %w", i+1, err)
		}
	}
	return nil
}

// reveal is the one transaction that makes the session real.
func (im *Import) reveal(ctx context.Context, tx *sql.Tx) error {
	s := &im.session
	p, sessions, err := participant(ctx, tx, s.Participant)
	if errors.Is(err, sql.ErrNoRows) {
		p, err = Participant{ID: s.Participant}, nil
	}
	if err != nil {
		return err
	}
	if err := putParticipant(ctx, tx, p.Filled(im.person), sessions+1); err != nil {
		return err
	}
	s.Number = int(sessions + 1)
	if err := im.putFindings(ctx, tx); err != nil {
		return err
	}
	for i, e := range im.events {
		if _, err := insertRow(ctx, tx, "events", eventFields(s.ID, i, e)...); err != nil {
			return err
		}
	}
	if err := putSession(ctx, tx, *s, im.kinds()); err != nil {
		return err
	}
	changes := make([]storedChange, len(im.labels))
	for i, l := range im.labels {
		if err := insertLabel(ctx, tx, l); err != nil {
			return err
		}
		changes[i] = storedChange{After: storeLabel(&l)}
	}
	_, err = im.study.record(ctx, tx, ledgerRow{kind: "import", session: s.ID}, ledgerDetail{
		Summary: fmt.Sprintf("session imported: %s, %s", manyOf(len(s.Recordings), "recording"), manyOf(len(im.labels), "label")),
		Action:  "import", Changes: changes,
	})
	return err
}

func compareEvents(a, b Event) int { return cmp.Compare(a.AtS, b.AtS) }

func eventFields(session SessionID, ordinal int, e Event) []field {
	return []field{
		{"session", string(session)}, {"ordinal", int64(ordinal)},
		{"at_s", e.AtS}, {"kind", e.Kind}, {"name", e.Name}, {"value", e.Value},
	}
}

func (im *Import) all() []Finding {
	var list []Finding
	for _, r := range im.session.Recordings {
		list = append(list, r.Findings...)
	}
	return append(list, im.findings...)
}

func (im *Import) kinds() map[string]int {
	kinds := map[string]int{}
	for _, f := range im.all() {
		kinds[f.Kind]++
	}
	return kinds
}

func (im *Import) putFindings(ctx context.Context, tx *sql.Tx) error {
	for i, f := range im.all() {
		var recording any
		if f.Recording != "" {
			recording = string(f.Recording)
		}
		if _, err := insertRow(ctx, tx, "findings", field{"session", string(im.session.ID)},
			field{"recording", recording}, field{"ordinal", int64(i)}, field{"kind", f.Kind}, field{"at_s", f.AtS},
			field{"length_s", f.LengthS}, field{"sample", f.Sample}, field{"message", f.Message}); err != nil {
			return err
		}
	}
	return nil
}

// putSession writes a session's row: staged when kinds is nil, else visible.
func putSession(ctx context.Context, q queryer, s Session, kinds map[string]int) error {
	sensors := map[string]bool{}
	var samples int64
	for _, r := range s.Recordings {
		samples += r.Samples
		for _, c := range r.Channels {
			sensors[SensorName(r.Placement, c.Kind)] = true
		}
	}
	sensorText, err := json.Marshal(slices.Sorted(maps.Keys(sensors)))
	if err != nil {
		return err
	}
	kindText, err := json.Marshal(kinds)
	if err != nil {
		return err
	}
	fields := []field{
		{"id", string(s.ID)}, {"visible", flag(kinds != nil)}, {"participant", nil}, {"number", nil},
		{"start_ns", nanos(s.Start)}, {"zone", s.Zone}, {"site", s.Site}, {"latitude", nil}, {"longitude", nil},
		{"simulated", flag(s.Simulated)}, {"format", s.Format}, {"source", s.Source},
		{"imported_ns", s.ImportedAt.UnixNano()}, {"duration_s", s.Recorded()},
		{"recordings", int64(len(s.Recordings))}, {"samples", samples},
		{"sensors", string(sensorText)}, {"finding_kinds", string(kindText)},
	}
	if kinds != nil {
		fields[2].value, fields[3].value = string(s.Participant), int64(s.Number)
	}
	if s.Place != nil {
		fields[7].value, fields[8].value = s.Place.Latitude, s.Place.Longitude
	}
	return upsertRow(ctx, q, "sessions", "id", fields...)
}

// Abort gives the import up and removes what was staged. Aborting after Commit
// or twice does nothing.
func (im *Import) Abort() error {
	im.mu.Lock()
	defer im.mu.Unlock()
	if im.done {
		return nil
	}
	return im.abort()
}

func (im *Import) abort() error {
	im.done = true
	im.queue, im.queued = nil, 0
	_ = im.settle() // it is given up, whatever came of the last write
	return im.study.unstage(context.Background(), im.session.ID)
}
