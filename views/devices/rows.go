package devices

import (
	"fmt"
	"strings"

	"fyne.io/fyne/v2/lang"

	"onset/dataset"
	core "onset/devices"
	"onset/views/words"
)

// aboutModel says what is about to be exported.
func aboutModel(m dataset.ModelRow) string {
	if !m.Scored() {
		return lang.L("{{.Architecture}}. Not scored here: nothing shows how well it does. The export carries the whole contract, a card, checksums and golden vectors; nobody's code leaves with it.",
			map[string]any{"Architecture": words.Upper(m.Architecture)})
	}
	return lang.L("{{.Architecture}}. Macro-F1 {{.F}}, accuracy {{.A}} on those it never saw. "+
		"The export carries the whole contract, a card, checksums and golden vectors; nobody's code leaves with it.",
		map[string]any{"Architecture": words.Upper(m.Architecture), "F": fmt.Sprintf("%.3f", m.MacroF1), "A": fmt.Sprintf("%.3f", m.Accuracy)})
}

// formatIDs are the formats that can be ticked, and formatNames what they are
// called.
var formatIDs = [...]string{core.FormatONNX, core.FormatTFLite, core.FormatCoreML, core.FormatC, core.FormatF16, core.FormatInt8}

func formatNames() []string {
	return []string{"ONNX", "TFLite", "Core ML", "C", lang.L("16 bit"), lang.L("8 bit")}
}

// exactFormats are the names of the formats that keep the weights exact and that
// this build can write.
func exactFormats() []string {
	names := formatNames()[:3]
	if core.HasDeviceProgram() {
		names = formatNames()[:4]
	}
	return names
}

// aboutPreview says how large the net is.
func aboutPreview(p core.Preview) string {
	if p.Refused != "" {
		return words.Upper(p.Refused) + "."
	}
	return lang.L("{{.P}} weights, {{.M}} multiply-adds a window.", map[string]any{"P": words.Count(int64(p.Parameters)), "M": words.Count(int64(p.MultiplyAdds))})
}

// formRows are the weights in every form with what each costs on those held out.
func formRows(p core.Preview) [][]string {
	var rows [][]string
	for _, v := range p.Variants {
		name := map[string]string{"f32": lang.L("32 bit, exact"), "f16": lang.L("16 bit"), "int8": lang.L("8 bit")}[string(v.Name)]
		row := []string{name, words.Bytes(int64(v.Bytes)), "–", "–", "–", lang.L("not measured")}
		if v.Measured {
			row = []string{name, words.Bytes(int64(v.Bytes)), fmt.Sprintf("%.3f", v.Accuracy), fmt.Sprintf("%.3f", v.MacroF1),
				fmt.Sprintf("%.1f%%", 100*v.Changed), lang.L("passed")}
			if !v.Passed {
				row[5] = lang.L("costs too much")
			}
		} else if v.Passed {
			row[5] = lang.L("no score")
		}
		rows = append(rows, row)
	}
	return rows
}

// writtenText says how much an export wrote and where.
func writtenText(r core.Report) string {
	var bytes int64
	for _, f := range r.Files {
		bytes += f.Bytes
	}
	text := lang.L("Written to {{.Dir}}: {{.N}} files, {{.Bytes}}, {{.P}} weights, {{.M}} multiply-adds a window, {{.G}} golden vectors.", map[string]any{
		"Dir": r.Directory, "N": len(r.Files), "Bytes": words.Bytes(bytes), "P": words.Count(int64(r.Parameters)),
		"M": words.Count(int64(r.MultiplyAdds)), "G": r.GoldenVectors})
	if r.Simulated {
		text += " " + lang.L("Trained on simulated data, and marked so.")
	}
	for _, n := range r.Notes {
		text += " " + n
	}
	return text
}

func fileRows(r core.Report) [][]string {
	rows := make([][]string, len(r.Files))
	for i, f := range r.Files {
		rows[i] = []string{f.Name, words.Bytes(f.Bytes), f.SHA256}
	}
	return rows
}

// factRows say what a checked folder holds.
func factRows(r core.CheckReport) [][]string {
	var channels []string
	for _, c := range r.Contract.Channels {
		channels = append(channels, fmt.Sprintf("%s %s (%s)", words.Sensor(c.Sensor), c.Axis, c.Unit))
	}
	classes := make([]string, len(r.Classes))
	for i, c := range r.Classes {
		classes[i] = words.Exercise(c)
	}
	rows := [][]string{
		{lang.L("Model"), r.Model},
		{lang.L("Architecture"), r.Architecture},
		{lang.L("Weights"), words.Count(int64(r.Parameters))},
		{lang.L("Multiply-adds a window"), words.Count(int64(r.MultiplyAdds))},
		{lang.L("Input"), lang.L("{{.N}} samples at {{.Hz}}, {{.S}} s", map[string]any{"N": r.Contract.Samples,
			"Hz": words.Rate(r.Contract.RateHz), "S": fmt.Sprintf("%g", r.Contract.WindowS)})},
		{lang.L("Channels"), strings.Join(channels, ", ")},
		{lang.L("Classes"), fmt.Sprintf("%d: %s", len(classes), strings.Join(classes, ", "))},
		{lang.L("Golden vectors"), lang.L("{{.N}}, {{.L}} layers each, equal bit for bit", map[string]any{"N": r.GoldenVectors, "L": r.GoldenLayers})},
		{lang.L("Fastest arithmetic here"), lang.L("within {{.E}} of the exported probabilities", map[string]any{"E": fmt.Sprintf("%.1g", r.FastestPathError)})},
		{lang.L("Written by"), r.Program},
	}
	if r.Simulated {
		rows = append(rows, []string{lang.L("Data"), lang.L("simulated")})
	}
	return rows
}
