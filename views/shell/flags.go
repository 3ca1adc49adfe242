package shell

import (
	"errors"
	"flag"
	"fmt"
	"io"

	"fyne.io/fyne/v2"
)

// Flags are what the program was started with.
type Flags struct {
	Study   string   // a study to open
	Sample  bool     // open the sample study
	Import  []string // files and folders to import once a study is open
	State   string   // file that is given the state of the window after every change
	Theme   string   // "dark", "light", "system"; empty for the remembered one
	Size    fyne.Size
	Version bool
}

type repeated []string

func (r *repeated) String() string     { return fmt.Sprint([]string(*r)) }
func (r *repeated) Set(v string) error { *r = append(*r, v); return nil }

// ParseFlags reads the program's arguments (without its name). Usage goes to
// out. It returns flag.ErrHelp when help was asked for.
func ParseFlags(args []string, out io.Writer) (Flags, error) {
	f := Flags{Size: fyne.NewSize(1366, 768)}
	set := flag.NewFlagSet("onset", flag.ContinueOnError)
	set.SetOutput(out)
	set.Usage = func() {
		_, _ = fmt.Fprintln(out, "Usage: onset [options] [STUDY.onset] [FILE OR FOLDER TO IMPORT ...]")
		set.PrintDefaults()
	}
	size := set.String("size", "1366x768", "size of the window, `WIDTHxHEIGHT`")
	set.BoolVar(&f.Sample, "sample", false, "open the sample study")
	set.Var((*repeated)(&f.Import), "import", "`PATH` to import, may be repeated")
	set.StringVar(&f.State, "state", "", "write the window's state as JSON to `FILE` after every change, for scripted runs")
	set.StringVar(&f.Theme, "theme", "", "`dark, light or system`")
	set.BoolVar(&f.Version, "version", false, "print the version and end")
	rest, err := parseMixed(set, args)
	if err != nil {
		return Flags{}, err
	}
	if err := f.parseSize(*size); err != nil {
		return Flags{}, err
	}
	switch f.Theme {
	case "", "dark", "light", "system":
	default:
		return Flags{}, fmt.Errorf("-theme %q: want dark, light or system", f.Theme)
	}
	if len(rest) > 0 && !f.Sample {
		f.Study, rest = rest[0], rest[1:]
	}
	f.Import = append(f.Import, rest...)
	if f.Sample && f.Study != "" {
		return Flags{}, errors.New("give -sample or a study, not both")
	}
	return f, nil
}

// parseMixed reads options before, between and after the words, and returns the
// words. Behind "--" everything is a word.
func parseMixed(set *flag.FlagSet, args []string) (words []string, err error) {
	for len(args) > 0 {
		if err := set.Parse(args); err != nil {
			return nil, err
		}
		rest := set.Args()
		if read := len(args) - len(rest); read > 0 && args[read-1] == "--" {
			return append(words, rest...), nil
		}
		if len(rest) == 0 {
			break
		}
		words, args = append(words, rest[0]), rest[1:]
	}
	return words, nil
}

func (f *Flags) parseSize(text string) error {
	var w, h int
	if n, err := fmt.Sscanf(text, "%dx%d", &w, &h); n != 2 || err != nil || w < 640 || h < 480 || w > 16384 || h > 16384 {
		return fmt.Errorf("-size %q: want WIDTHxHEIGHT, at least 640x480", text)
	}
	f.Size = fyne.NewSize(float32(w), float32(h))
	return nil
}
