package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"onset/dataset"
	"onset/devices/sync/protocol"
	"onset/devices/sync/store"
)

// SyncChoices are what a person has chosen for the study's sync server. They lie
// in its folder.
type SyncChoices struct {
	Network bool `json:"network"` // let devices of the private network in, not this computer's only
	Port    int  `json:"port"`    // 0: any free one, which is kept once it is found
	Import  bool `json:"import"`  // bring received sessions into the study by themselves
}

// SyncState is where the study's sync server stands.
type SyncState struct {
	Made    bool   // its folder exists
	Dir     string // beside the study
	Running bool
	Address string // where devices reach it, while it runs
	Pin     string // what devices know it by; empty before it was made
	Problem string // why it ended by itself
	// ReadOnly says that the study is open for reading only: nothing is changed here.
	ReadOnly bool
	Taken    int // the chosen port, when another program held it and another port was kept; 0 otherwise
	Choices  SyncChoices
	// TicketsPerDay is how many sessions a device may get tickets for in a day.
	TicketsPerDay int
	// Invitation is the pairing code that can be used now; nil when there is none.
	Invitation *Invitation
}

// Invitation is a pairing code. It is a secret until it is used.
type Invitation struct {
	Text    string
	Channel string
	Expires time.Time
	token   string
}

// Errors of the sync server that callers tell apart.
var (
	ErrNoNetwork  = errors.New("this computer has no address in a private network")
	ErrNotServing = errors.New("the sync server is not running")
	ErrPortTaken  = errors.New("another program holds the sync server's port, at which paired devices look for it; end that program, or choose another port and pair the devices again")
)

// withStation lends the open study's station, its store open when there is one.
func withStation[T any](ctx context.Context, w *Workbench, f func(*station, *dataset.Study) (T, error)) (T, error) {
	var none T
	s, release, err := w.use()
	if err != nil {
		return none, err
	}
	defer release()
	if err := s.sync.open(ctx, false); err != nil {
		return none, err
	}
	return f(s.sync, s.study)
}

// withStore is withStation for what needs the store.
func withStore[T any](ctx context.Context, w *Workbench, f func(*store.Store) (T, error)) (T, error) {
	return withStation(ctx, w, func(t *station, _ *dataset.Study) (T, error) {
		t.mu.RLock()
		defer t.mu.RUnlock()
		if t.store == nil {
			var none T
			return none, ErrNotServing
		}
		return f(t.store)
	})
}

// SyncState is where the study's sync server stands. It reads the disk.
func (w *Workbench) SyncState(ctx context.Context) (SyncState, error) {
	return withStation(ctx, w, func(t *station, study *dataset.Study) (SyncState, error) {
		t.mu.RLock()
		defer t.mu.RUnlock()
		st := SyncState{Made: t.store != nil, Dir: t.dir, Pin: t.pin, TicketsPerDay: t.set.TicketsPerDay, ReadOnly: study.ReadOnly()}
		t.state.Lock()
		st.Problem, st.Choices = t.problem, t.choices
		if t.serving != nil {
			st.Running, st.Address, st.Taken = true, t.serving.address, t.serving.taken
		}
		inv := t.invitation
		t.state.Unlock()
		if inv == nil || t.store == nil {
			return st, nil
		}
		open, err := t.store.Invited(ctx, inv.token)
		if open {
			st.Invitation = inv
		}
		return st, err
	})
}

// ChooseSync keeps what a person chose for the sync server. Where it listens
// counts at its next start.
func (w *Workbench) ChooseSync(ctx context.Context, c SyncChoices) error {
	if c.Port < 0 || c.Port > 65535 {
		return fmt.Errorf("no port %d: a port has a number up to 65535: %w", c.Port, dataset.ErrBadRequest)
	}
	_, err := withStation(ctx, w, func(t *station, _ *dataset.Study) (struct{}, error) {
		t.state.Lock()
		t.choices = c
		t.state.Unlock()
		t.mu.RLock()
		defer t.mu.RUnlock()
		if t.store == nil {
			return struct{}{}, nil // kept when it is made
		}
		return struct{}{}, t.keepChoices()
	})
	if err == nil {
		w.Signals.Sync.Emit(struct{}{})
		w.wakeImport()
	}
	return err
}

// StartSync starts the study's sync server as a job that ends when it serves.
// Its folder, with keys and database, is made beside the study the first time.
func (w *Workbench) StartSync() *Job {
	return w.syncJob("Start sync server", func(ctx context.Context, t *station, s *dataset.Study) error {
		if s.ReadOnly() {
			return fmt.Errorf("starting the sync server: %w", dataset.ErrReadOnly)
		}
		if err := t.open(ctx, true); err != nil {
			return err
		}
		if err := t.start(ctx); err != nil {
			return err
		}
		return t.keepChoices()
	})
}

// StopSync stops it as a job: requests under way are finished first.
func (w *Workbench) StopSync() *Job {
	return w.syncJob("Stop sync server", func(_ context.Context, t *station, _ *dataset.Study) error {
		t.halt()
		return nil
	})
}

// syncJob runs work on the study's station in the background.
func (w *Workbench) syncJob(name string, work func(context.Context, *station, *dataset.Study) error) *Job {
	return w.job(name, func(ctx context.Context, _ *Task, s *dataset.Study) error {
		_, err := withStation(ctx, w, func(t *station, _ *dataset.Study) (struct{}, error) { return struct{}{}, work(ctx, t, s) })
		w.Signals.Sync.Emit(struct{}{})
		return err
	})
}

// Invite makes a pairing code for one device that is to follow a release
// channel. The one before can't be used any more.
func (w *Workbench) Invite(ctx context.Context, channel string) (Invitation, error) {
	if err := w.Uninvite(ctx); err != nil && !errors.Is(err, ErrNotServing) {
		return Invitation{}, err
	}
	inv, err := withStation(ctx, w, func(t *station, _ *dataset.Study) (Invitation, error) {
		s := t.running()
		if s == nil {
			return Invitation{}, fmt.Errorf("inviting a device: %w", ErrNotServing)
		}
		t.mu.RLock()
		defer t.mu.RUnlock()
		pin, err := protocol.ParsePin(t.pin)
		if err != nil {
			return Invitation{}, err
		}
		token, expires, err := t.store.Invite(ctx, channel)
		if err != nil {
			return Invitation{}, err
		}
		text := protocol.Invitation{Address: s.address, Pin: pin, Token: token, Name: t.set.Name}.Text()
		inv := Invitation{Text: text, Channel: channel, Expires: expires, token: token}
		t.state.Lock()
		t.invitation = &inv
		t.state.Unlock()
		return inv, nil
	})
	if err == nil {
		w.Signals.Sync.Emit(struct{}{})
	}
	return inv, err
}

// Uninvite takes the pairing code back, if there is one.
func (w *Workbench) Uninvite(ctx context.Context) error {
	_, err := withStation(ctx, w, func(t *station, _ *dataset.Study) (struct{}, error) {
		t.state.Lock()
		inv := t.invitation
		t.invitation = nil
		t.state.Unlock()
		t.mu.RLock()
		defer t.mu.RUnlock()
		if inv == nil || t.store == nil {
			return struct{}{}, nil
		}
		return struct{}{}, t.store.Uninvite(ctx, inv.token)
	})
	if err == nil {
		w.Signals.Sync.Emit(struct{}{})
	}
	return err
}

// AcceptDigits lets in the device that shows these eight digits and returns the
// eight that must be typed at it.
func (w *Workbench) AcceptDigits(ctx context.Context, digits, channel string) (answer string, err error) {
	return withStore(ctx, w, func(s *store.Store) (string, error) { return s.AcceptDigits(ctx, digits, channel) })
}

// SyncDevices lists the paired devices, those whose access was ended too.
func (w *Workbench) SyncDevices(ctx context.Context) ([]store.Device, error) {
	return withStore(ctx, w, func(s *store.Store) ([]store.Device, error) { return s.Devices(ctx) })
}

// RevokeDevice ends a device's access at its next handshake.
func (w *Workbench) RevokeDevice(ctx context.Context, id string) error {
	_, err := withStore(ctx, w, func(s *store.Store) (struct{}, error) { return struct{}{}, s.Revoke(ctx, id) })
	w.Signals.Sync.Emit(struct{}{})
	return err
}
