// Package scenarios replays logs of workouts, without sensors, through the
// predictors of exercise order and of a set's dose, and through the algorithms
// of an earlier system as the reference to beat.
package scenarios

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"onset/replay/dose"
)

// Set is one logged exercise set.
type Set struct {
	Exercise string
	Dose     dose.Dose
}

// Workout is one log: its sets in order.
type Workout struct {
	File        string
	Description string
	Kind        string // such as "resistanceTargeted:arms,chest"
	Sets        []Set
}

// Folder is the logs of one person in the order of their names.
type Folder struct {
	Name     string
	Workouts []Workout
}

var keys = map[string]dose.Quantity{"R": dose.Repetitions, "W": dose.Weight, "D": dose.Duration, "I": dose.Intensity, "P": dose.Rest}

// ParseLog reads one log: a line of description, a line with the kind of
// workout, then one set a line as "exercise,R=10,W=40,D=30,I=0.4" with any
// blanks and in any order. An error names the row.
func ParseLog(name string, r io.Reader) (Workout, error) {
	w := Workout{File: name}
	lines := bufio.NewScanner(r)
	for row := 1; lines.Scan(); row++ {
		text := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		switch {
		case row == 1:
			w.Description = text
			continue
		case text == "":
			continue
		case w.Kind == "":
			w.Kind = text
			continue
		}
		s, err := parseSet(text)
		if err != nil {
			return w, fmt.Errorf("%s, row %d: %w", name, row, err)
		}
		w.Sets = append(w.Sets, s)
	}
	if err := lines.Err(); err != nil {
		return w, fmt.Errorf("reading %s: %w", name, err)
	}
	return w, nil
}

func parseSet(text string) (Set, error) {
	parts := strings.Split(text, ",")
	s := Set{Exercise: strings.TrimSpace(parts[0])}
	if s.Exercise == "" || strings.Contains(s.Exercise, "=") {
		return s, fmt.Errorf("%q does not begin with an exercise", text)
	}
	for _, p := range parts[1:] {
		if p = strings.TrimSpace(p); p == "" {
			continue
		}
		key, value, ok := strings.Cut(p, "=")
		q, known := keys[strings.TrimSpace(key)]
		if !ok || !known {
			return s, fmt.Errorf("%q is not one of R=, W=, D=, I=, P= with a number", p)
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil || v != v || v < -1e6 || v > 1e6 {
			return s, fmt.Errorf("%q is not a number that a set can have", p)
		}
		s.Dose.Put(q, v)
	}
	return s, nil
}

// Read reads the logs below the root of a file system: every folder that holds
// .csv files is one person's, the root included. Folders and logs come in the
// order of their names.
func Read(files fs.FS) ([]Folder, error) {
	by := map[string]*Folder{}
	var names []string
	err := fs.WalkDir(files, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() || !strings.EqualFold(path.Ext(p), ".csv") {
			return nil
		}
		w, err := readLog(files, p)
		if err != nil {
			return err
		}
		dir := path.Dir(p)
		if by[dir] == nil {
			by[dir] = &Folder{Name: dir}
			names = append(names, dir)
		}
		by[dir].Workouts = append(by[dir].Workouts, w)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading workout logs: %w", err)
	}
	slices.Sort(names)
	folders := make([]Folder, 0, len(names))
	for _, n := range names {
		folders = append(folders, *by[n])
	}
	if len(folders) == 0 {
		return nil, fmt.Errorf("no workout log (*.csv) is here: %w", fs.ErrNotExist)
	}
	return folders, nil
}

func readLog(files fs.FS, p string) (Workout, error) {
	f, err := files.Open(p)
	if err != nil {
		return Workout{}, err
	}
	defer f.Close()
	return ParseLog(p, f)
}
