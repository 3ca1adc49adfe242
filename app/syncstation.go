package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"onset/devices/sync/server"
	"onset/devices/sync/store"
)

const (
	syncSuffix  = ".sync"
	choicesFile = "desktop.json"
	defaultPort = 7430
)

// station is the sync server that belongs to an open study.
type station struct {
	dir  string
	now  func() time.Time
	log  *slog.Logger
	tell func()
	wake chan struct{} // a session was received

	mu    sync.RWMutex // held for reading by whoever uses the store
	store *store.Store // nil while it is closed or was never made
	set   server.Settings
	pin   string

	run   sync.Mutex // one start or stop at a time
	state sync.Mutex // guards what follows; nothing slow is done under it

	choices    SyncChoices
	invitation *Invitation
	serving    *serving
	problem    string
	refuse     map[string]string // why the study did not take a session in
}

// serving is a server that runs.
type serving struct {
	address string
	taken   int // the chosen port, when another program held it
	stop    context.CancelFunc
	done    chan struct{}
}

func newStation(study string, now func() time.Time, log *slog.Logger, tell func()) *station {
	return &station{dir: strings.TrimSuffix(study, filepath.Ext(study)) + syncSuffix, now: now, log: log, tell: tell,
		wake: make(chan struct{}, 1), refuse: map[string]string{}, choices: SyncChoices{Port: defaultPort}}
}

// open opens the store when it was made, and makes it when create says so.
func (t *station) open(ctx context.Context, create bool) error {
	t.mu.RLock() // a long import reads meanwhile
	there := t.store != nil
	t.mu.RUnlock()
	if there {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.store != nil {
		return nil
	}
	_, err := os.Stat(filepath.Join(t.dir, server.SettingsFile))
	switch {
	case err == nil:
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("opening the sync server's folder: %w", err)
	case !create:
		return nil
	default:
		if err := t.make(ctx); err != nil {
			return fmt.Errorf("making the sync server's folder: %w", err)
		}
	}
	return t.load(ctx)
}

// make puts a new server's folder in place whole: one that was left half made
// would stand in the way of every later start.
func (t *station) make(ctx context.Context) error {
	stage, err := os.MkdirTemp(filepath.Dir(t.dir), "."+filepath.Base(t.dir)+"-*")
	if err != nil {
		return err
	}
	s, err := server.Create(ctx, stage, t.now)
	if err == nil {
		err = s.Close()
	}
	if err == nil {
		err = os.Rename(stage, t.dir) // onto an empty folder at most
	}
	if err != nil {
		err = errors.Join(err, os.RemoveAll(stage))
	}
	return err
}

func (t *station) load(ctx context.Context) (err error) {
	if t.set, err = server.LoadSettings(t.dir); err != nil {
		return err
	}
	if err := t.loadChoices(); err != nil {
		return err
	}
	s, err := store.Open(ctx, t.dir, store.Options{Now: t.now, Quota: t.set.QuotaBytes, Reserve: t.set.ReserveBytes, PartialTTL: t.set.PartialTTL.Duration})
	if err != nil {
		return err
	}
	identity, err := server.LoadIdentity(s.Keys())
	if err != nil {
		return errors.Join(err, s.Close())
	}
	t.store, t.pin = s, identity.Pin().String()
	return nil
}

// start serves the store, which is open.
func (t *station) start(ctx context.Context) (err error) {
	t.run.Lock()
	defer t.run.Unlock()
	if t.running() != nil {
		return nil
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	set, chosen := t.set, t.chosen()
	host := "127.0.0.1"
	if chosen.Network {
		if server.PrivateAddress() == "" {
			return fmt.Errorf("starting the sync server: %w", ErrNoNetwork)
		}
		host, set.Mdns = "0.0.0.0", true
	}
	set.Listen = net.JoinHostPort(host, strconv.Itoa(chosen.Port))
	v, err := server.New(t.store, server.Options{Settings: set, Now: t.now, Log: slog.New(warnings{t.log.Handler()}), Received: t.received})
	if err != nil {
		return fmt.Errorf("starting the sync server: %w", err)
	}
	release, err := server.Hold(t.dir, t.now())
	if err != nil {
		return fmt.Errorf("starting the sync server: %w", err)
	}
	defer func() {
		if err != nil {
			release()
		}
	}()
	l, taken, err := t.listen(ctx, host, chosen.Port)
	if err != nil {
		return fmt.Errorf("starting the sync server: %w", err)
	}
	forget, err := server.NoteListening(t.dir, l.Addr())
	if err != nil {
		return errors.Join(err, l.Close())
	}
	silence, err := server.Announce(l.Addr(), set)
	if err != nil {
		t.log.Warn("the sync server is not announced on the network", "err", err)
	}
	if chosen.Network {
		l = privateListener{l}
	}
	ctx, stop := context.WithCancel(context.Background())
	s := &serving{address: server.Advertised(t.dir, set), taken: taken, stop: stop, done: make(chan struct{})}
	t.setServing(s, "")
	go func() {
		err := v.Serve(ctx, l)
		silence()
		forget()
		release()
		problem := ""
		if err != nil {
			t.log.Error("the sync server ended", "err", err)
			problem = err.Error()
		}
		t.setServing(nil, problem)
		close(s.done)
		t.tell()
	}()
	return nil
}

// privateListener lets nobody in who calls from beyond the private network: a
// computer may have a public address as well.
type privateListener struct{ net.Listener }

// Accept is the next connection from near by.
func (l privateListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if a, ok := c.RemoteAddr().(*net.TCPAddr); ok && (a.IP.IsPrivate() || a.IP.IsLoopback() || a.IP.IsLinkLocalUnicast()) {
			return c, nil
		}
		_ = c.Close() // told nothing
	}
}

// listen opens the chosen port. When another program holds it and no device
// looks for the server there, another port is opened. The port becomes the chosen
// one, so that the server is found there at every later start; taken is the one
// that was held.
func (t *station) listen(ctx context.Context, host string, port int) (l net.Listener, taken int, err error) {
	l, err = net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if errors.Is(err, syscall.EADDRINUSE) {
		devices, derr := t.store.Devices(ctx)
		if derr != nil {
			return nil, 0, errors.Join(err, derr)
		}
		if slices.ContainsFunc(devices, func(d store.Device) bool { return d.Revoked == "" }) {
			return nil, 0, fmt.Errorf("%w: %w", ErrPortTaken, err)
		}
		taken = port
		l, err = net.Listen("tcp", net.JoinHostPort(host, "0"))
	}
	if err != nil {
		return nil, 0, err
	}
	t.state.Lock()
	defer t.state.Unlock()
	t.choices.Port = l.Addr().(*net.TCPAddr).Port
	return l, taken, nil
}

// halt lets requests under way finish and waits for it.
func (t *station) halt() {
	t.run.Lock()
	defer t.run.Unlock()
	if s := t.running(); s != nil {
		s.stop()
		<-s.done
	}
}

// close stops the server and closes the store. Nobody uses the store any more.
func (t *station) close() error {
	t.halt()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.store == nil {
		return nil
	}
	err := t.store.Close()
	t.store = nil
	return err
}

func (t *station) running() *serving {
	t.state.Lock()
	defer t.state.Unlock()
	return t.serving
}

func (t *station) setServing(s *serving, problem string) {
	t.state.Lock()
	defer t.state.Unlock()
	t.serving, t.problem = s, problem
}

// received is told of every session that comes in.
func (t *station) received(string) {
	select {
	case t.wake <- struct{}{}:
	default: // it is awake already
	}
}

// warnings drops the server's line for each request.
type warnings struct{ slog.Handler }

func (w warnings) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelWarn && w.Handler.Enabled(ctx, l)
}

func (t *station) chosen() SyncChoices {
	t.state.Lock()
	defer t.state.Unlock()
	return t.choices
}

func (t *station) loadChoices() error {
	raw, err := os.ReadFile(filepath.Join(t.dir, choicesFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	t.state.Lock()
	defer t.state.Unlock()
	if err == nil {
		err = json.Unmarshal(raw, &t.choices)
	}
	if err != nil {
		return fmt.Errorf("reading the sync server's choices: %w", err)
	}
	return nil
}

func (t *station) keepChoices() error {
	raw, err := json.MarshalIndent(t.chosen(), "", "  ")
	if err == nil {
		err = writeAtomic(filepath.Join(t.dir, choicesFile), append(raw, '\n'))
	}
	if err != nil {
		return fmt.Errorf("keeping the sync server's choices: %w", err)
	}
	return nil
}
