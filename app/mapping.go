package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"onset/dataset/codec"
)

// trialRows is how many rows a mapping is tried on while a person describes a
// table: enough to measure a rate, few enough to answer at once.
const trialRows = 20000

// Table is a delimited text file that no decoder knows.
type Table struct {
	Path string
	Size int64
	*codec.Inspection
}

// InspectTable looks at the beginning of a text file. With a rule it is read as
// that says, else its layout is found.
func (w *Workbench) InspectTable(_ context.Context, path string, rule *codec.FileRule) (Table, error) {
	t := Table{Path: path}
	info, err := os.Stat(path)
	if err != nil {
		return t, fmt.Errorf("reading the table: %w", err)
	}
	t.Size = info.Size()
	if rule == nil {
		t.Inspection, err = codec.Inspect(path)
	} else {
		t.Inspection, err = codec.InspectAs(path, *rule)
	}
	return t, err
}

// RowError is the first row that a mapping can not read.
type RowError struct {
	Row  int64  // from 1
	Text string // the row as written
	Err  error  // what is wrong with it
}

func (e *RowError) Error() string { return e.Err.Error() }
func (e *RowError) Unwrap() error { return e.Err }

// TryMapping reads the first rows of a table through a mapping and stores
// nothing. A row that can not be read is a *RowError.
func (w *Workbench) TryMapping(_ context.Context, path string, m codec.Mapping) (*codec.Trial, error) {
	ready, err := prepared(m)
	if err != nil {
		return nil, err
	}
	t, err := ready.Try(path, trialRows)
	if bad, ok := errors.AsType[*codec.InputError](err); ok && bad.Row > 0 {
		return nil, &RowError{Row: bad.Row, Text: codec.RowText(path, bad.Row), Err: err}
	}
	return t, err
}

// prepared checks a mapping that was put together and makes it ready to read.
func prepared(m codec.Mapping) (*codec.Mapping, error) {
	text, err := m.TOML()
	if err != nil {
		return nil, err
	}
	return codec.ParseMapping(text)
}

// PrepareMapping checks a mapping that was put together for importing with it.
func (w *Workbench) PrepareMapping(m codec.Mapping) (*codec.Mapping, error) { return prepared(m) }

// mappingsDir is where saved mappings lie, one TOML file each.
func (w *Workbench) mappingsDir() string { return mappingsIn(w.options.DataDir) }

// SaveMapping keeps a mapping under its name, for files like the one at path:
// later imports know them. It returns where, and whether files are known by
// their header line; by name and number of columns otherwise. One of the same
// name is replaced when that is allowed, and is fs.ErrExist when it is not.
func (w *Workbench) SaveMapping(_ context.Context, m codec.Mapping, path string, replace bool) (to string, byHeader bool, err error) {
	m.Name = strings.TrimSpace(m.Name)
	if m.Name == "" {
		return "", false, errors.New("a mapping needs a name")
	}
	ready, err := prepared(m)
	if err != nil {
		return "", false, err
	}
	if byHeader, err = ready.RecogniseBy(path); err != nil {
		return "", false, err
	}
	text, err := ready.TOML()
	if err != nil {
		return "", false, err
	}
	dir := w.mappingsDir()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", false, fmt.Errorf("making the folder of mappings: %w", err)
	}
	to = filepath.Join(dir, fileName(m.Name)+".toml")
	if _, err := os.Stat(to); err == nil && !replace {
		return to, byHeader, fmt.Errorf("saving the mapping %q: %w", m.Name, os.ErrExist)
	}
	part, err := os.CreateTemp(dir, ".mapping-*")
	if err != nil {
		return "", false, fmt.Errorf("saving the mapping: %w", err)
	}
	_, err = part.Write(text)
	if err = errors.Join(err, part.Sync(), part.Close()); err == nil {
		err = os.Rename(part.Name(), to)
	}
	if err != nil {
		return "", false, fmt.Errorf("saving the mapping: %w", errors.Join(err, os.Remove(part.Name())))
	}
	return to, byHeader, nil
}

// fileName writes a name with letters, digits and hyphens alone.
func fileName(name string) string {
	out := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return '-'
	}, name)
	if out = strings.Trim(out, "-"); out == "" {
		out = "mapping"
	}
	return out
}

// savedMappings reads the mappings that were saved; one that is damaged is
// logged and passed over.
func (w *Workbench) savedMappings() []*codec.Mapping {
	all, damaged := SavedMappings(w.options.DataDir)
	for _, err := range damaged {
		w.log.Warn("a saved mapping is not readable", "err", err)
	}
	return all
}

// SavedMappings reads the mappings that were saved in a data folder, such as
// DefaultDataDir; damaged tells of those that are not readable.
func SavedMappings(dataDir string) (all []*codec.Mapping, damaged []error) {
	paths, err := filepath.Glob(filepath.Join(mappingsIn(dataDir), "*.toml"))
	if err != nil {
		return nil, []error{err}
	}
	for _, p := range paths {
		m, err := codec.LoadMapping(p)
		if err != nil {
			damaged = append(damaged, err)
			continue
		}
		all = append(all, m)
	}
	return all, damaged
}

func mappingsIn(dataDir string) string { return filepath.Join(dataDir, "mappings") }

// MappingFor is the saved mapping that claims a file; nil when none does.
func (w *Workbench) MappingFor(_ context.Context, path string) *codec.Mapping {
	for _, m := range w.savedMappings() {
		if m.Recognises(path) {
			return m
		}
	}
	return nil
}

// UnknownTables are the refused files of a report that look like tables of
// numbers, grouped by their header or, without one, their number of columns:
// one description can do for each group.
func UnknownTables(r codec.Report) [][]string {
	var groups [][]string
	at := map[string]int{}
	for _, x := range r.Refused {
		if !x.Unknown {
			continue
		}
		in, err := codec.Inspect(x.Source)
		if err != nil {
			continue
		}
		key := fmt.Sprint(in.Proposal.File.Delimiter, len(in.Columns))
		for _, c := range in.Columns {
			key += "\x00" + c.Name
		}
		i, ok := at[key]
		if !ok {
			i = len(groups)
			at[key] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], x.Source)
	}
	return groups
}
