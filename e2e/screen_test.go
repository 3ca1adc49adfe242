//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

var (
	binDir    = flag.String("bin", "", "folder with the built programs onset and onsetctl")
	imagesDir = flag.String("images", "", "folder to write pictures of the screens to")
)

// patience is how long a window may take to get where a test expects it; the
// machines of a CI are slow and draw OpenGL on the processor.
const patience = 90 * time.Second

// screen is a virtual display.
type screen struct{ display string }

func newScreen(t *testing.T, size string) *screen {
	t.Helper()
	for _, tool := range []string{"Xvfb", "xdotool", "import"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed (scripts/deps.sh window installs it)", tool)
		}
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", size+"x24", "+extension", "GLX", "-nolisten", "tcp")
	cmd.ExtraFiles = []*os.File{w}
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting Xvfb: %v", err)
	}
	_ = w.Close()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	var number int
	if _, err := fmt.Fscan(r, &number); err != nil {
		t.Fatalf("Xvfb named no display: %v", err)
	}
	return &screen{display: fmt.Sprintf(":%d", number)}
}

// window is a running program on a screen.
type window struct {
	t      *testing.T
	screen *screen
	home   string // its data directory and everything else it may write outside the study
	file   string // where it writes its state
	cmd    *exec.Cmd
	ended  chan error
	log    *bytes.Buffer
}

// open starts the program and waits until it shows itself.
func (s *screen) open(t *testing.T, home string, args ...string) *window {
	t.Helper()
	w := &window{t: t, screen: s, home: home, file: filepath.Join(t.TempDir(), "state.json"),
		ended: make(chan error, 1), log: new(bytes.Buffer)}
	w.cmd = exec.Command(program(t, "onset"), append([]string{"-state", w.file}, args...)...)
	w.cmd.Env = append(os.Environ(),
		"DISPLAY="+s.display, "HOME="+home, "XDG_DATA_HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_RUNTIME_DIR="+home,
		"LANG=C.UTF-8", "LIBGL_ALWAYS_SOFTWARE=1")
	w.cmd.Stdout, w.cmd.Stderr = w.log, w.log
	if err := w.cmd.Start(); err != nil {
		t.Fatalf("starting the program: %v", err)
	}
	go func() { w.ended <- w.cmd.Wait() }()
	t.Cleanup(func() {
		_ = w.cmd.Process.Kill()
		if t.Failed() {
			t.Logf("the program said:\n%s", w.log)
		}
	})
	w.until("the window shows itself", func(state) bool { return true })
	return w
}

func program(t *testing.T, name string) string {
	t.Helper()
	if *binDir == "" {
		t.Skip("no built programs given; run make e2e")
	}
	return filepath.Join(*binDir, name)
}

// state is what the program says it shows.
type state map[string]any

// at walks down to a value; nil where there is none.
func (s state) at(keys ...string) any {
	var v any = map[string]any(s)
	for _, k := range keys {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[k]
	}
	return v
}

func (s state) text(keys ...string) string {
	if v := s.at(keys...); v != nil {
		return fmt.Sprint(v)
	}
	return ""
}

func (s state) number(keys ...string) float64 {
	v, _ := s.at(keys...).(float64)
	return v
}

// state reads the program's state; ok is false while there is none.
func (w *window) state() (s state, ok bool) {
	raw, err := os.ReadFile(w.file)
	if err != nil {
		return nil, false
	}
	return s, json.Unmarshal(raw, &s) == nil
}

// until waits for the program's state to be as expected.
func (w *window) until(what string, expected func(state) bool) state {
	w.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		s, ok := w.state()
		if ok && expected(s) {
			return s
		}
		select {
		case err := <-w.ended:
			w.ended <- err
			w.t.Fatalf("while waiting until %s the program ended: %v", what, err)
		case <-time.After(30 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			text, _ := json.MarshalIndent(s, "", "  ")
			w.picture(filepath.Join(os.TempDir(), "onset-e2e-failed.png"))
			w.t.Fatalf("waited %s until %s; the state is\n%s", patience, what, text)
		}
	}
}

// do runs xdotool with its words.
func (w *window) do(words ...string) {
	w.t.Helper()
	cmd := exec.Command("xdotool", words...)
	cmd.Env = append(os.Environ(), "DISPLAY="+w.screen.display)
	if out, err := cmd.CombinedOutput(); err != nil {
		w.t.Fatalf("xdotool %s: %v\n%s", strings.Join(words, " "), err, out)
	}
}

// key presses keys one after the other, such as "ctrl+z" or "Return".
func (w *window) key(names ...string) {
	w.t.Helper()
	w.do(append([]string{"key", "--clearmodifiers", "--delay", "25"}, names...)...)
}

// write types a text into what has the focus.
func (w *window) write(text string) {
	w.t.Helper()
	w.do("type", "--delay", "15", text)
}

// click presses the left button at a place of the window, in pixels.
func (w *window) click(x, y float64) {
	w.t.Helper()
	w.do("mousemove", pixels(x), pixels(y), "sleep", "0.1", "click", "1")
}

// drag pulls from one place to another as a hand does: in steps.
func (w *window) drag(x0, y0, x1, y1 float64) {
	w.t.Helper()
	const steps = 6
	words := []string{"mousemove", pixels(x0), pixels(y0), "sleep", "0.1", "mousedown", "1"}
	for i := 1; i <= steps; i++ {
		f := float64(i) / steps
		words = append(words, "sleep", "0.1", "mousemove", pixels(x0+f*(x1-x0)), pixels(y0+f*(y1-y0)))
	}
	w.do(append(words, "sleep", "0.1", "mouseup", "1")...)
}

// wheel turns the wheel at a place; positive is away from the hand.
func (w *window) wheel(x, y float64, notches int) {
	w.t.Helper()
	button := "4"
	if notches < 0 {
		button, notches = "5", -notches
	}
	w.do("mousemove", pixels(x), pixels(y), "sleep", "0.1", "click", "--repeat", fmt.Sprint(notches), "--delay", "60", button)
}

func pixels(v float64) string { return fmt.Sprint(int(v + 0.5)) }

// picture writes what the screen shows as PNG.
func (w *window) picture(path string) {
	cmd := exec.Command("import", "-display", w.screen.display, "-window", "root", "-colors", "255", "+dither", "PNG8:"+path)
	if out, err := cmd.CombinedOutput(); err != nil {
		w.t.Logf("no picture %s: %v %s", path, err, out)
	}
}

// quit closes the window by its own key and waits for the program's end.
func (w *window) quit() {
	w.t.Helper()
	w.key("ctrl+q")
	select {
	case err := <-w.ended:
		w.ended <- err
		if err != nil {
			w.t.Fatalf("the program ended with %v", err)
		}
	case <-time.After(patience):
		w.t.Fatal("the program did not end on Ctrl+Q")
	}
}

// onsetctl runs a command and decodes its JSON into result when that isn't nil.
func onsetctl(t *testing.T, result any, words ...string) {
	t.Helper()
	cmd := exec.Command(program(t, "onsetctl"), words...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("onsetctl %s: %v\n%s", strings.Join(words, " "), err, stderr.String())
	}
	if result != nil {
		if err := json.Unmarshal(out, result); err != nil {
			t.Fatalf("onsetctl %s: %v in %s", strings.Join(words, " "), err, out)
		}
	}
}
