package app_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"onset/app"
	"onset/dataset/codec"
	"onset/devices/client"
	"onset/devices/sync/store"
)

// served is a workbench whose sync server runs on a free port of this computer.
func served(t *testing.T, study string) *app.Workbench {
	t.Helper()
	w, err := app.New(app.Options{DataDir: t.TempDir(), Program: "onset test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	if _, err := os.Stat(study); err == nil {
		err = w.Open(t.Context(), study, false)
		if err != nil {
			t.Fatal(err)
		}
	} else if err := w.Create(t.Context(), study, "A"); err != nil {
		t.Fatal(err)
	}
	st := stateOf(t, w)
	st.Choices.Port = 0
	if err := w.ChooseSync(t.Context(), st.Choices); err != nil {
		t.Fatal(err)
	}
	if err := w.StartSync().Wait(); err != nil {
		t.Fatal(err)
	}
	return w
}

func stateOf(t *testing.T, w *app.Workbench) app.SyncState {
	t.Helper()
	st, err := w.SyncState(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func pairWith(t *testing.T, w *app.Workbench) *client.Client {
	t.Helper()
	inv, err := w.Invite(t.Context(), "left-wrist/all/f32")
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.Pair(t.Context(), filepath.Join(t.TempDir(), "device"), inv.Text, client.About{Name: "watch", Platform: "test", Runtime: "1"}, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// recordingFile writes sixteen seconds of a watch that lies still.
func recordingFile(t *testing.T) string {
	t.Helper()
	const packets, perPacket = 8, 100
	var file []byte
	for p := range packets {
		file = append(file, 0xad, perPacket, 50, 5, 0, byte(p))
		file = binary.LittleEndian.AppendUint64(file, uint64(1_464_000_000_000+(p+1)*2048))
		file = binary.LittleEndian.AppendUint16(file, 2048)
		for range perPacket {
			file = append(file, binary.LittleEndian.AppendUint64(nil, uint64(1000)<<26)[:5]...)
		}
	}
	path := filepath.Join(t.TempDir(), "1.raw")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// sent has a device send a recording, and waits for nothing: it is in the inbox.
func sent(t *testing.T, c *client.Client) string {
	t.Helper()
	if _, err := c.Pack(recordingFile(t), "1"); err != nil {
		t.Fatal(err)
	}
	done, err := c.Flush(t.Context())
	if err != nil || len(done) != 1 {
		t.Fatalf("sent %d, %v", len(done), err)
	}
	return done[0].Session
}

func TestADeviceIsPairedSendsAndIsRevoked(t *testing.T) {
	w := served(t, filepath.Join(t.TempDir(), "a.onset"))
	st := stateOf(t, w)
	if !st.Running || !strings.HasPrefix(st.Address, "127.0.0.1:") || st.Pin == "" || filepath.Ext(st.Dir) != ".sync" {
		t.Fatalf("%+v", st)
	}
	first, err := w.Invite(t.Context(), "a/b/c")
	if err != nil {
		t.Fatal(err)
	}
	c := pairWith(t, w)
	if _, err := client.Pair(t.Context(), filepath.Join(t.TempDir(), "d"), first.Text, client.About{Name: "n", Platform: "p", Runtime: "1"}, client.Options{}); err == nil {
		t.Error("the code before the newest one could still be used")
	}
	if st := stateOf(t, w); st.Invitation != nil {
		t.Error("a code that was used is still shown")
	}
	id := sent(t, c)
	list, err := w.Inbox(t.Context())
	if err != nil || len(list) != 1 || list[0].ID != id || list[0].State != store.StateWaiting {
		t.Fatalf("inbox %+v, %v", list, err)
	}
	var checked codec.Report
	if err := w.CheckReceived(id, func(r codec.Report, _ error) { checked = r }).Wait(); err != nil || len(checked.Imported) != 1 {
		t.Fatalf("checked %+v, %v", checked, err)
	}
	if n, err := w.Sessions(t.Context()); err != nil || len(n) != 0 {
		t.Errorf("a check left %d sessions in the study, %v", len(n), err)
	}
	devices, err := w.SyncDevices(t.Context())
	if err != nil || len(devices) != 1 || devices[0].Name != "watch" {
		t.Fatalf("%+v, %v", devices, err)
	}
	if err := w.RevokeDevice(t.Context(), devices[0].ID); err != nil {
		t.Fatal(err)
	}
	c.Close() // the next request shakes hands
	if _, err := c.Pull(t.Context()); err == nil {
		t.Error("a revoked device was served")
	}
	if err := w.StopSync().Wait(); err != nil || stateOf(t, w).Running {
		t.Errorf("not stopped: %v", err)
	}
	if _, err := w.Invite(t.Context(), "a/b/c"); !errors.Is(err, app.ErrNotServing) {
		t.Errorf("a stopped server invited: %v", err)
	}
}

func TestReceivedSessionsAreImportedByThemselvesWhenChosen(t *testing.T) {
	study := filepath.Join(t.TempDir(), "a.onset")
	w := served(t, study)
	c := pairWith(t, w)
	st := stateOf(t, w)
	st.Choices.Import = true
	if err := w.ChooseSync(t.Context(), st.Choices); err != nil {
		t.Fatal(err)
	}
	imported := make(chan struct{}, 8)
	w.Signals.Sessions.Subscribe(func(struct{}) { imported <- struct{}{} })
	sent(t, c)
	select {
	case <-imported:
	case <-time.After(time.Minute):
		t.Fatal("nothing was imported")
	}
	list, err := w.Sessions(t.Context())
	if err != nil || len(list) != 1 {
		t.Fatalf("%d sessions, %v", len(list), err)
	}
	if err := w.CloseStudy(); err != nil {
		t.Fatal(err)
	}
	if err := w.Open(context.Background(), study, false); err != nil {
		t.Fatal(err)
	}
	again := stateOf(t, w)
	if again.Running || !again.Made || !again.Choices.Import {
		t.Errorf("after the study was opened again: %+v", again)
	}
	inbox, err := w.Inbox(t.Context())
	if err != nil || len(inbox) != 1 || inbox[0].State != store.StateImported || inbox[0].Study != string(list[0].ID) {
		t.Errorf("%+v, %v", inbox, err)
	}
}

func TestATakenPortIsToldWithWhatToDo(t *testing.T) {
	w := served(t, filepath.Join(t.TempDir(), "a.onset"))
	_, port, _ := strings.Cut(stateOf(t, w).Address, ":")
	other := served(t, filepath.Join(t.TempDir(), "b.onset"))
	if err := other.StopSync().Wait(); err != nil {
		t.Fatal(err)
	}
	c := stateOf(t, other).Choices
	if _, err := fmt.Sscan(port, &c.Port); err != nil {
		t.Fatal(err)
	}
	if err := other.ChooseSync(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if err := other.StartSync().Wait(); err != nil { // nobody looks for it there: it moves
		t.Fatal(err)
	}
	moved := stateOf(t, other)
	if !moved.Running || moved.Taken != c.Port || moved.Choices.Port == c.Port || !strings.HasSuffix(moved.Address, fmt.Sprintf(":%d", moved.Choices.Port)) {
		t.Fatalf("%+v", moved)
	}
	pairWith(t, other)
	if err := errors.Join(other.StopSync().Wait(), other.StartSync().Wait()); err != nil {
		t.Fatal(err)
	}
	if again := stateOf(t, other); again.Address != moved.Address || again.Taken != 0 {
		t.Errorf("after a restart at %s, before at %s", again.Address, moved.Address)
	}
	if err := errors.Join(other.StopSync().Wait(), other.ChooseSync(t.Context(), c)); err != nil {
		t.Fatal(err)
	}
	err := other.StartSync().Wait() // its device would lose it
	if p := app.Explain(err); err == nil || p.Do == "" || stateOf(t, other).Running {
		t.Errorf("%v is told as %+v", err, p)
	}
}
