package devices

import (
	"bytes"
	"fmt"
	"strings"
)

// card writes the page for people: what the model is for, what it was measured
// to do and where that ends. It holds counts only, no one's code.
func card(d Description) []byte {
	var b bytes.Buffer
	c, s := d.Contract, d.Scores
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	name := d.Name
	if name == "" {
		name = d.Model
	}
	p("# Model %s", name)
	if d.Simulated {
		p("\n**Simulated data.** This model comes from a study that holds simulated people. It is for trying things out, not\nfor use on anybody.")
	}
	p("\n## What it is for\n")
	p("It names the exercise that begins from the first %g s of movement, out of %d: %s.", c.WindowS, len(d.Classes), strings.Join(d.Classes, ", "))
	p("It knows no others: whatever else begins gets one of these names.")
	p("\n## What it must be given\n")
	p("- channels, in this order: %s", channelList(d))
	p("- %d samples of each, at %g Hz (%g s)", c.Samples, c.RateHz, c.WindowS)
	p("- filter before the window is cut: %s; orientation: %s", filterText(d), c.Orientation)
	p("- in the units above, not scaled: scaling is part of the model")
	p("\n## What was measured\n")
	if s.Windows == 0 {
		p("Nothing: the study holds no score of this model.")
	} else {
		p("On %s. %d people, %d windows, %d folds.\n", s.Unit, s.People, s.Windows, s.Folds)
		p("| accuracy | macro-F1 | kappa | always naming the most frequent | calibration error (ECE) |")
		p("| --- | --- | --- | --- | --- |")
		p("| %.3f | %.3f | %.3f | %.3f | %.3f |\n", s.Accuracy, s.MacroF1, s.Kappa, s.Chance, s.ECE)
		p("Accuracy by person: from %.3f to %.3f.\n", s.Lowest, s.Highest)
		p("| exercise | windows | precision | recall | F1 |\n| --- | --- | --- | --- | --- |")
		for _, k := range s.PerClass {
			p("| %s | %d | %.3f | %.3f | %.3f |", k.Class, k.N, k.Precision, k.Recall, k.F1)
		}
	}
	p("\n## Limits\n")
	p("- Measured on the people of one study only; other people, devices and straps may differ.")
	p("- One second of one sensor is weak evidence. It is meant to be joined with what usually comes next and where it is done.")
	p("- It is no medical device.")
	p("\n## Where it comes from\n")
	p("Run `%s`, window set `%s`, seed %d, ledger position %d, %d people in the training. Made by %s.",
		d.Lineage.Run, d.Lineage.WindowSet, d.Lineage.Seed, d.Lineage.LedgerPosition, d.Lineage.Participants, d.Program)
	p("%s: %d parameters, %d multiply-adds for one window.", d.Architecture, d.Net.Params(), d.Net.MultiplyAdds())
	return b.Bytes()
}

func channelList(d Description) string {
	var names []string
	for _, c := range d.Contract.Channels {
		names = append(names, strings.TrimSpace(fmt.Sprintf("%s %s", c.Sensor, c.Axis))+" in "+c.Unit)
	}
	return strings.Join(names, "; ")
}

func filterText(d Description) string {
	f := d.Contract.Filter
	switch f.Kind {
	case "", "none":
		return "none"
	case "ema":
		return fmt.Sprintf("exponential mean, alpha %g", f.Alpha)
	case "lowpass":
		return fmt.Sprintf("Butterworth low-pass %g Hz, order %d", f.High, f.Order)
	case "highpass":
		return fmt.Sprintf("Butterworth high-pass %g Hz, order %d", f.Low, f.Order)
	}
	return fmt.Sprintf("Butterworth band-pass %g to %g Hz, order %d", f.Low, f.High, f.Order)
}
