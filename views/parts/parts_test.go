package parts

import (
	"errors"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"pgregory.net/rapid"

	"onset/views/theme"
)

func TestShortenFitsAndKeepsWhatFits(t *testing.T) {
	test.NewTempApp(t)
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringN(0, 60, 200).Draw(t, "text")
		width := rapid.Float32Range(1, 300).Draw(t, "width")
		got := Shorten(text, width, theme.TextBody, fyne.TextStyle{})
		if w := fyne.MeasureText(got, theme.TextBody, fyne.TextStyle{}).Width; w > width+0.5 {
			t.Fatalf("%q is %g wide, room for %g", got, w, width)
		}
		if fyne.MeasureText(text, theme.TextBody, fyne.TextStyle{}).Width <= width && got != text {
			t.Fatalf("%q cut to %q without need", text, got)
		}
	})
}

func TestButtonAnswersTapAndKeys(t *testing.T) {
	test.NewTempApp(t)
	presses := 0
	b := NewButton("Fit", "F", func() { presses++ })
	w := test.NewTempWindow(t, b)
	test.Tap(b)
	w.Canvas().Focus(b)
	b.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	b.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	b.TypedKey(&fyne.KeyEvent{Name: fyne.KeyA})
	if presses != 3 {
		t.Errorf("pressed %d times, want 3", presses)
	}
	b.Disable()
	test.Tap(b)
	if presses != 3 {
		t.Error("a disabled button was pressed")
	}
}

func TestFieldKeepsWithEnterAndGivesUpWithEscape(t *testing.T) {
	test.NewTempApp(t)
	var kept []string
	f := NewField("Weight", func(text string) error {
		if text == "heavy" {
			return errors.New("not a number")
		}
		kept = append(kept, text)
		return nil
	})
	w := test.NewTempWindow(t, f)
	f.Set("7.5", "7.5 kg")
	edit := func(text string, key fyne.KeyName) {
		test.Tap(f)
		if w.Canvas().Focused() == nil {
			t.Fatal("opening a field does not focus it")
		}
		f.entry.SetText(text)
		f.entry.TypedKey(&fyne.KeyEvent{Name: key})
		if refused := text == "heavy" && key == fyne.KeyReturn; f.Editing() != refused {
			t.Errorf("%q, then %s: open is %v", text, key, f.Editing())
		}
	}
	edit("8", fyne.KeyReturn)
	edit("9", fyne.KeyEscape)
	edit("7.5", fyne.KeyReturn) // as before: nothing to keep
	edit("heavy", fyne.KeyReturn)
	if len(kept) != 1 || kept[0] != "8" {
		t.Errorf("kept %q, want only 8", kept)
	}
}

// TestLooks draws every part; with ONSET_LOOKS set the pictures are written
// into that folder for a person to look at.
func TestLooks(t *testing.T) {
	for _, mode := range []theme.Mode{theme.Dark, theme.Light} {
		app := test.NewTempApp(t)
		app.Settings().SetTheme(theme.New(mode))
		field := NewField("Repetitions", nil)
		field.Set("12", "12")
		open := NewField("Weight", nil)
		open.Set("7.5", "7.5 kg")
		chosen := NewRow(HBox(theme.Space2, KeyCap("1"), NewSwatch(theme.ClassColor(0)), NewText("biceps-curl", Style{})), func() {})
		chosen.SetChosen(true)
		off := NewButton("Off", "", nil)
		off.Disable()
		body := VBox(theme.Space3,
			Heading("P07, session 3"),
			NewParagraph("Left wrist and right thigh, 26:14, 23 labels, and a sentence that is long enough to wrap.", true),
			HBox(theme.Space2, NewPrimary("Import", "", nil), NewButton("Fit", "F", nil), off),
			HBox(theme.Space1, Chip("gap 2.05 s", theme.Warning), Chip("clock 48.9 Hz", theme.Muted)),
			Section("Exercise", "press a number"),
			chosen,
			NewRow(Split(HBox(theme.Space2, KeyCap("2"), NewSwatch(theme.ClassColor(1)), NewText("triceps-extension", Style{})), Small("9")), func() {}),
			NewBar(0.6), NewClassBar(0.3, theme.ClassColor(5)), Rule(),
			container.NewGridWithColumns(2, NewStat("Setup", "1.000 s"), field, open),
		)
		w := test.NewTempWindow(t, container.NewStack(NewFill(theme.Ground), Card(body)))
		w.Resize(fyne.NewSize(320, 520))
		open.Edit()
		img := w.Canvas().Capture()
		if dir := os.Getenv("ONSET_LOOKS"); dir != "" {
			out, err := os.Create(filepath.Join(dir, "parts-"+mode.String()+".png"))
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(png.Encode(out, img), out.Close()); err != nil {
				t.Fatal(err)
			}
		}
	}
}
