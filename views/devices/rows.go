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
	return lang.L("{{.Architecture}}. Macro-F1 {{.F}}, accuracy {{.A}} on those it never saw. "+
		"The export carries weights as 32-bit floats, the whole contract, a card, checksums and golden vectors; nobody's code leaves with it.",
		map[string]any{"Architecture": words.Upper(m.Architecture), "F": fmt.Sprintf("%.3f", m.MacroF1), "A": fmt.Sprintf("%.3f", m.Accuracy)})
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
