package server

import (
	"encoding/binary"
	"errors"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"rsc.io/qr"

	"onset/app"
	"onset/dataset"
	"onset/dataset/codec"
	"onset/devices/client"
	"onset/devices/sync/store"
	"onset/views/task"
	"onset/views/theme"
)

// desk is the page on a real workbench, with whoever sits before it.
type desk struct {
	t       *testing.T
	bench   *app.Workbench
	page    *Server
	window  fyne.Window
	tick    func()
	copied  string
	asked   string // what the last question was answered with
	answer  string
	reports []codec.Report
	opened  dataset.SessionID
	failed  error
	gives   bool // up, at the import's question
	now     time.Time
}

func sit(t *testing.T, mode theme.Mode) *desk {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(theme.New(mode))
	bench, err := app.New(app.Options{DataDir: t.TempDir(), Program: "onset test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := bench.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := bench.Create(t.Context(), filepath.Join(t.TempDir(), "shoulder.onset"), "Shoulder pilot"); err != nil {
		t.Fatal(err)
	}
	if err := bench.ChooseSync(t.Context(), app.SyncChoices{}); err != nil { // any free port
		t.Fatal(err)
	}
	d := &desk{t: t, bench: bench, now: time.Now()}
	d.page = New(bench, Actions{
		Done:   func(j *app.Job, f func(app.JobStatus)) { <-j.Done(); f(j.Status()) },
		Report: func(_ string, r codec.Report) { d.reports = append(d.reports, r) },
		Whose: func(cancel func()) func(codec.Question) (string, error) {
			return func(codec.Question) (string, error) {
				if d.gives {
					cancel()
					return "", errors.New("not answered")
				}
				return codec.NewParticipant, nil
			}
		},
		Ask:     func(_, _, _ string, done func(string)) { done(d.answer) },
		AskFor:  func(_, _, _ string, done func(string)) { done(d.answer) },
		Confirm: func(_, text, _ string, run func()) { d.asked = text; run() },
		Replay:  func(id dataset.SessionID) { d.opened = id },
		Copy:    func(text string) { d.copied = text },
		Error:   func(err error) { d.failed = errors.Join(d.failed, err) },
		Every:   func(_ time.Duration, f func()) func() { d.tick = f; return func() { d.tick = nil } },
		Now:     func() time.Time { return d.now },
	}, task.Inline())
	d.window = test.NewTempWindow(t, d.page.Content())
	d.window.Resize(fyne.NewSize(1286, 620))
	d.page.Shown()
	return d
}

// fine fails when something was told as an error.
func (d *desk) fine() {
	d.t.Helper()
	if d.failed != nil {
		d.t.Fatal(d.failed)
	}
}

func (d *desk) pair(name string) *client.Client {
	d.t.Helper()
	test.Tap(d.page.pairing.start)
	d.fine()
	c, err := client.Pair(d.t.Context(), filepath.Join(d.t.TempDir(), "device"), d.page.seen.state.Invitation.Text,
		client.About{Name: name, Platform: "test", Runtime: "1"}, client.Options{})
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(c.Close)
	d.tick()
	return c
}

// still writes sixteen seconds of a watch that lies still.
func still(t *testing.T) string {
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

func (d *desk) send(c *client.Client) {
	d.t.Helper()
	if _, err := c.Pack(still(d.t), "1"); err != nil {
		d.t.Fatal(err)
	}
	if _, err := c.Flush(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
	for range readEvery {
		d.tick()
	}
}

func TestASessionComesFromADeviceIntoTheStudy(t *testing.T) {
	d := sit(t, theme.Dark)
	p := d.page
	if !p.pairing.start.Disabled() {
		t.Error("a device can be invited while nothing serves it")
	}
	test.Tap(p.control.turn)
	d.fine()
	if !p.seen.state.Running || p.control.turn.Word() != "Stop" || !strings.Contains(p.control.state.Text(), p.seen.state.Address) {
		t.Fatalf("%+v, %q", p.seen.state, p.control.state.Text())
	}
	c := d.pair("watch")
	if p.seen.state.Invitation != nil || p.pairing.open.Visible() || !strings.Contains(p.pairing.said.Text(), "watch") || p.devices.grid.Rows() != 1 {
		t.Errorf("after pairing: %+v, %q, %d devices", p.seen.state.Invitation, p.pairing.said.Text(), p.devices.grid.Rows())
	}
	d.send(c)
	if len(p.seen.inbox) != 1 || p.inbox.look.Disabled() == false {
		t.Fatalf("%d sessions wait", len(p.seen.inbox))
	}
	p.inbox.grid.Choose(0)
	p.inbox.buttons()
	test.Tap(p.inbox.look)
	if len(d.reports) != 1 || len(d.reports[0].Imported) != 1 || p.seen.inbox[0].State != store.StateWaiting {
		t.Fatalf("checked %+v", d.reports)
	}
	if p.inbox.grid.Chosen() != 0 {
		t.Error("reading again lost the chosen row")
	}
	test.Tap(p.inbox.take)
	d.fine()
	sessions, err := d.bench.Sessions(t.Context())
	if err != nil || len(sessions) != 1 || p.seen.inbox[0].State != store.StateImported {
		t.Fatalf("%d sessions in the study, %v, %+v", len(sessions), err, p.seen.inbox)
	}
	test.Tap(p.inbox.decided)
	if d.opened != sessions[0].ID {
		t.Errorf("opened %q", d.opened)
	}
	d.send(c)
	for i, x := range p.seen.inbox {
		if x.State == store.StateWaiting {
			p.inbox.grid.Choose(i)
		}
	}
	p.inbox.buttons()
	d.gives = true // at the question whether a copy is wanted
	test.Tap(p.inbox.take)
	d.fine()
	if list, err := d.bench.Sessions(t.Context()); err != nil || len(list) != 1 || len(p.inbox.waiting()) != 1 || p.seen.inbox[0].Refused+p.seen.inbox[1].Refused != "" {
		t.Fatalf("cancelled from its question: %d sessions, %v, %+v", len(list), err, p.seen.inbox)
	}
	if len(d.reports) != 2 {
		t.Errorf("what was cancelled is reported: %+v", d.reports)
	}
	d.answer = "a test"
	p.inbox.reject()
	if n := len(p.inbox.waiting()); n != 0 {
		t.Errorf("%d wait after the rejection", n)
	}
	p.devices.grid.Choose(0)
	p.devices.end()
	if p.seen.devices[0].Revoked == "" || d.asked == "" {
		t.Error("the device is still let in, or nobody was asked")
	}
	test.Tap(p.control.turn)
	d.fine()
	if p.seen.state.Running || p.control.turn.Word() != "Start" {
		t.Error("the server still runs")
	}
}

func TestTheCodeShowsItsTimeAndCanBeTakenBack(t *testing.T) {
	d := sit(t, theme.Light)
	p := d.page
	test.Tap(p.control.turn)
	test.Tap(p.pairing.start)
	d.fine()
	text := p.seen.state.Invitation.Text
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		t.Fatal(err)
	}
	// What is drawn is the text's code, dark on light, with four modules around it.
	img := p.pairing.code.Image
	for y := range code.Size {
		for x := range code.Size {
			r, _, _, _ := img.At((x+4)*4+1, (y+4)*4+1).RGBA()
			if (r == 0) != code.Black(x, y) {
				t.Fatalf("module %d, %d is drawn wrong", x, y)
			}
		}
	}
	p.pairing.copy()
	if d.copied != text {
		t.Errorf("copied %q", d.copied)
	}
	d.now = p.seen.state.Invitation.Expires.Add(-65 * time.Second)
	d.tick()
	if p.pairing.left.Text() != "1:05 left" {
		t.Errorf("%q", p.pairing.left.Text())
	}
	p.pairing.cancel()
	d.fine()
	if p.seen.state.Invitation != nil || p.pairing.open.Visible() {
		t.Error("the code is still shown")
	}
	if _, err := client.Pair(t.Context(), filepath.Join(t.TempDir(), "d"), text, client.About{Name: "n", Platform: "p", Runtime: "1"}, client.Options{}); err == nil {
		t.Error("a code that was taken back still pairs")
	}
}

// TestLooks draws the page; with ONSET_LOOKS set the pictures are written into
// that folder for a person to look at.
func TestLooks(t *testing.T) {
	dir := os.Getenv("ONSET_LOOKS")
	if dir == "" {
		t.Skip("ONSET_LOOKS is not set")
	}
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		d := sit(t, mode)
		draw := func(name string) {
			out, err := os.Create(filepath.Join(dir, "server-"+name+"-"+mode.String()+".png"))
			if err == nil {
				err = errors.Join(png.Encode(out, d.window.Canvas().Capture()), out.Close())
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		draw("empty")
		test.Tap(d.page.control.turn)
		c := d.pair("left-wrist watch of the second floor, with a long name")
		d.send(c)
		test.Tap(d.page.pairing.start)
		draw("pairing")
	}
}
