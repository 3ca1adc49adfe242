package shell

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"

	"onset/app"
	standard "onset/devices"
	"onset/views/parts"
	"onset/views/task"
	"onset/views/theme"
	"onset/views/words"
)

// bundling is the dialog that chooses what goes into a bundle for a lab.
type bundling struct {
	shell   *Shell
	menu    app.BundleMenu
	lines   []string // one for each model of the menu
	sets    *widget.CheckGroup
	models  *widget.CheckGroup
	groups  *widget.CheckGroup
	formats *widget.CheckGroup
	server  *widget.Check
	summary *parts.Paragraph
	write   *parts.Button
	shown   *shownDialog
}

// bundleFormats are what a bundle can hold besides the blob, and their names.
var bundleFormats = []string{standard.FormatONNX, standard.FormatTFLite, standard.FormatCoreML, standard.FormatC, standard.FormatF16, standard.FormatInt8}

func bundleFormatNames() []string {
	return []string{"ONNX", "TFLite", "Core ML", "C", lang.L("16 bit"), lang.L("8 bit")}
}

// bundle asks what goes into a bundle, then where to.
func (s *Shell) bundle(formats []string) {
	task.Run(task.NewLane(s.runner), func(ctx context.Context) (app.BundleMenu, error) { return s.bench.BundleMenu(ctx) },
		func(menu app.BundleMenu, err error) {
			switch {
			case err != nil:
				s.showError(err)
			case len(menu.Models) == 0:
				s.tell(lang.L("There is nothing to bundle"), lang.L("The study holds no net. Train one, or load an exported model; then it can be bundled."))
			default:
				b := &bundling{shell: s, menu: menu}
				b.open(formats)
			}
		})
}

// bundleEverything is the bundle from the menu: every format, the weights exact.
func (s *Shell) bundleEverything() {
	s.bundle([]string{standard.FormatONNX, standard.FormatTFLite, standard.FormatCoreML})
}

func (b *bundling) open(formats []string) {
	var sets []string
	for _, m := range b.menu.Models {
		line := words.ModelLine(m.Row)
		if m.Group != "" {
			line += "   " + lang.L("of group {{.Group}}", map[string]any{"Group": m.Group})
		}
		for slices.Contains(b.lines, line) { // two trained within a minute, alike
			line += " ·"
		}
		b.lines = append(b.lines, line)
		if !slices.Contains(sets, m.SensorSet) {
			sets = append(sets, m.SensorSet)
		}
	}
	b.summary = parts.NewParagraph("", true)
	b.models = widget.NewCheckGroup(nil, func([]string) { b.refresh() })
	b.sets = widget.NewCheckGroup(sets, func([]string) { b.offer() })
	b.sets.Horizontal = true
	b.groups = widget.NewCheckGroup(append([]string{lang.L("everyone")}, b.menu.Groups...), func([]string) { b.refresh() })
	b.groups.Horizontal = true
	b.groups.SetSelected([]string{lang.L("everyone")})
	b.formats = widget.NewCheckGroup(bundleFormatNames(), nil)
	b.formats.Horizontal = true
	for i, f := range bundleFormats {
		if slices.Contains(formats, f) {
			b.formats.Selected = append(b.formats.Selected, bundleFormatNames()[i])
		}
	}
	b.server = widget.NewCheck(lang.L("the sync server's program, ready to start"), nil)
	b.server.SetChecked(b.menu.Server != "")
	if b.menu.Server == "" {
		b.server.SetText(lang.L("not here: onsetctl does not lie beside this program; put it into bin/ of the bundle"))
		b.server.Disable()
	}
	form := container.New(layout.NewFormLayout())
	row := func(caption string, o fyne.CanvasObject) {
		form.Add(parts.NewText(caption, parts.Style{}))
		form.Add(o)
	}
	if len(sets) > 1 {
		row(lang.L("Sensor sets"), b.sets)
	}
	const most, line = 5, 38
	row(lang.L("Models"), parts.Sized(1, float32(line*min(most, len(b.lines))+4), container.NewVScroll(b.models)))
	if len(b.menu.Groups) > 0 {
		row(lang.L("For"), b.groups)
	}
	row(lang.L("Formats"), b.formats)
	row(lang.L("Server"), b.server)
	b.write = parts.NewPrimary(lang.L("Choose where…"), "", b.where)
	buttons := parts.HBox(theme.Space2, layout.NewSpacer(), parts.NewButton(lang.L("Cancel"), "", func() { b.shown.escape() }), b.write)
	hint := lang.L("Models with their cards and proofs, the exercise catalogue, the sync server's configuration, a container recipe, a systemd unit and a page for whoever installs it.")
	b.shown = b.shell.dialogs.show(lang.L("Write a bundle"), hint,
		container.NewBorder(nil, buttons, nil, nil, parts.VBox(theme.Space2, parts.NewParagraph(hint, true), form, b.summary)), fyne.NewSize(760, 420))
	b.shown.escape = func() { b.shell.dialogs.hide(b.shown) }
	b.shown.enter = func() { b.where() }
	b.shown.inside = func() map[string]any {
		return map[string]any{"models": b.models.Options, "chosen": b.models.Selected, "groups": b.groups.Options, "formats": b.formats.Selected, "summary": b.summary.Text()}
	}
	b.sets.SetSelected(sets)
	b.offer()
}

// offer lists the models of the chosen sensor sets and ticks the best of each.
func (b *bundling) offer() {
	var list, best []string
	seen := map[string]bool{}
	for i, m := range b.menu.Models {
		if !slices.Contains(b.sets.Selected, m.SensorSet) {
			continue
		}
		list = append(list, b.lines[i])
		if !seen[m.SensorSet] && m.Group == "" {
			best = append(best, b.lines[i])
			seen[m.SensorSet] = true
		}
	}
	b.models.Options = list
	b.models.SetSelected(best)
	b.refresh()
}

// chosen are the models as a bundle's options name them: each for every chosen
// group that it can be for.
func (b *bundling) chosen() []string {
	var out []string
	for _, group := range b.groups.Selected {
		if group == lang.L("everyone") {
			group = ""
		}
		for i, m := range b.menu.Models {
			fits := m.Group == "" || m.Group == group
			if slices.Contains(b.models.Selected, b.lines[i]) && fits && !(m.Came && group != "") {
				out = append(out, group+"="+m.Row.ID)
			}
		}
	}
	return out
}

// refresh says what would be written, and why nothing would.
func (b *bundling) refresh() {
	if b.write == nil {
		return
	}
	n := len(b.chosen())
	switch {
	case len(b.models.Selected) == 0:
		b.summary.SetText(lang.L("Choose at least one model."))
	case len(b.groups.Selected) == 0:
		b.summary.SetText(lang.L("Choose whom the models are for."))
	case n == 0:
		b.summary.SetText(lang.L("None of these models is for the chosen group: one that learnt from another group alone, or came with its own tables, is not."))
	default:
		b.summary.SetText(lang.N("{{.N}} model folder will be written.", n, map[string]any{"N": n}))
	}
	if n == 0 {
		b.write.Disable()
	} else {
		b.write.Enable()
	}
}

// options are what was chosen.
func (b *bundling) options() standard.BundleOptions {
	o := standard.BundleOptions{Models: b.chosen()}
	for i, name := range bundleFormatNames() {
		if slices.Contains(b.formats.Selected, name) {
			o.Formats = append(o.Formats, bundleFormats[i])
		}
	}
	if b.server.Checked {
		o.Server = b.menu.Server
	}
	return o
}

// where asks for the place and writes the bundle.
func (b *bundling) where() {
	o := b.options()
	if len(o.Models) == 0 {
		return
	}
	s := b.shell
	s.dialogs.hide(b.shown)
	hint := lang.N("{{.N}} model folder, in one file.", len(o.Models), map[string]any{"N": len(o.Models)})
	s.askSave(lang.L("Write a bundle"), hint, "onset"+standard.BundleSuffix, standard.BundleSuffix, lang.L("Write"), func(path string) {
		var m standard.Manifest
		keys := s.keys
		job := s.bench.Bundle(path, o, keys.clearing(s.bench), func(written standard.Manifest, _ error) { m = written }) // read after the job has ended
		s.whenDone(job.ID(), func(end app.JobStatus) {
			if s.failed(end) {
				return
			}
			text := lang.L("{{.N}} models and {{.F}} files in {{.Path}}.", map[string]any{"N": len(m.Models), "F": len(m.Parts) + 1, "Path": path})
			notes := m.Notes
			if u := keys.unscanned(); u != "" {
				notes = append(notes, words.Upper(u)+".")
			}
			var channels []string
			for _, x := range m.Models {
				channels = append(channels, fmt.Sprintf("%s: %s", x.Channel, x.Model))
			}
			s.tell(lang.L("The bundle is written"), strings.Join(append([]string{text, strings.Join(channels, "; ") + "."}, notes...), " "))
		})
	})
}
