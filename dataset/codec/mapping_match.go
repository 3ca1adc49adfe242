package codec

import (
	"bytes"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"unicode/utf8"

	"onset/dataset"
)

// mapped is what a mapping learns of a file before reading it.
type mapped struct {
	mapping  *Mapping
	captures map[string]string
}

// asFormat makes a decoder of a mapping. One that a person gave is trusted to
// fit its files, whatever their first line.
func (m *Mapping) asFormat(given bool) format {
	return format{
		name:  "csv:" + m.Name,
		sniff: func(f *sourceFile) bool { return m.claims(f, given) },
		group: m.group,
	}
}

func (m *Mapping) claims(f *sourceFile, given bool) bool {
	captures, ok := m.matchPath(f.path)
	if !ok {
		return false
	}
	head, ok := m.File.decode(f.head)
	if !ok {
		return false
	}
	if given {
		if m.path == nil && !f.given && (clearlyNoRecording(f) && !m.headerFits(head)) {
			return false
		}
	} else if m.path == nil || m.firstLine == nil || !m.firstLine.Match(firstLineOf(head, m.File.Skip)) {
		return false
	}
	f.detail = mapped{m, captures}
	return true
}

func (m *Mapping) matchPath(path string) (map[string]string, bool) {
	captures := map[string]string{}
	if m.path == nil {
		return captures, true
	}
	full, err := filepath.Abs(path)
	if err != nil {
		full = path
	}
	found := m.path.FindStringSubmatch(filepath.ToSlash(full))
	if found == nil {
		return nil, false
	}
	for i, name := range m.path.SubexpNames() {
		if name != "" {
			captures[name] = found[i]
		}
	}
	return captures, true
}

// headerFits reports whether the names of the mapping's columns stand in the
// line where its header should be.
func (m *Mapping) headerFits(head []byte) bool {
	if !m.File.Header {
		return false
	}
	delimiter, err := m.File.delimiter()
	if err != nil {
		return false
	}
	names, ok := splitFields(firstLineOf(head, m.File.Skip), delimiter)
	if !ok {
		return false
	}
	_, err = m.plan(names, "")
	return err == nil
}

// firstLineOf is the line after skip others, without its end.
func firstLineOf(head []byte, skip int) []byte {
	head = bytes.TrimPrefix(head, utf8Mark)
	for ; skip > 0; skip-- {
		i := bytes.IndexByte(head, '\n')
		if i < 0 {
			return nil
		}
		head = head[i+1:]
	}
	if i := bytes.IndexByte(head, '\n'); i >= 0 {
		head = head[:i]
	}
	return bytes.TrimSuffix(head, []byte("\r"))
}

// isText reports bytes that are text in UTF-8 or ASCII.
func isText(head []byte) bool {
	return len(head) > 0 && bytes.IndexByte(head, 0) < 0 && utf8.Valid(trimPartialRune(head))
}

// group makes a session of the files whose key captures are equal.
func (m *Mapping) group(mine []*sourceFile, all surveyed) []unit {
	first := regexp.MustCompile(m.Session.First)
	var order []string
	sessions := map[string][]*sourceFile{}
	for i, f := range mine {
		key := f.path
		if len(m.Session.Key) > 0 {
			key = m.root(f)
			for _, k := range m.Session.Key {
				key += "\x00" + f.detail.(mapped).captures[k]
			}
		}
		if sessions[key] == nil {
			order = append(order, key)
		}
		sessions[key] = append(sessions[key], mine[i])
	}
	perFolder := map[string]int{}
	for _, f := range mine {
		perFolder[f.dir()]++
	}
	var units []unit
	for _, key := range order {
		files := sessions[key]
		if m.Session.First != "" {
			sort.SliceStable(files, func(i, j int) bool {
				return first.MatchString(files[i].name()) && !first.MatchString(files[j].name())
			})
		}
		m.claimSideFiles(files[0], all)
		d := &tableDecoder{begin: m.begin}
		for _, f := range files {
			d.sources = append(d.sources, tableSource{file: f, mapping: m, captures: detailMapped(f).captures})
		}
		units = append(units, unit{source: m.sourceOf(files, perFolder), format: "csv:" + m.Name, files: files, decode: d.decode})
	}
	return units
}

// begin names a session after the captures of its first file.
func (m *Mapping) begin(w *session, info *dataset.Session) error {
	captures := detailMapped(w.unit.files[0]).captures
	w.mapped = dataset.ParticipantID(m.fill(m.Session.Participant, captures))
	info.Source, info.Site = m.fill(m.Session.Source, captures), m.Session.Site
	if info.Source == "" {
		info.Source = sourceLabel("csv", w.unit.files[0].name())
	}
	return nil
}

func detailMapped(f *sourceFile) mapped { return f.detail.(mapped) }

// claimSideFiles marks the label files of a session as used.
func (m *Mapping) claimSideFiles(f *sourceFile, all surveyed) {
	for _, rule := range m.Labels {
		if rule.Span != "file" {
			continue
		}
		path := filepath.Join(f.dir(), filepath.FromSlash(m.fill(rule.File, detailMapped(f).captures)))
		for _, other := range all.files {
			if filepath.Clean(other.path) == path {
				other.used = true
			}
		}
	}
}

// root is a file's path without the part that match.path covers, so that two
// copies of a set under different folders are not taken for one.
func (m *Mapping) root(f *sourceFile) string {
	if m.path == nil {
		return f.dir()
	}
	slashed := filepath.ToSlash(f.path)
	if at := m.path.FindStringIndex(slashed); at != nil {
		return slashed[:at[0]]
	}
	return ""
}

// sourceOf names a session's files as a person would: the file, the folder when
// all of its recordings are this session, or the folder with what is common.
func (m *Mapping) sourceOf(files []*sourceFile, perFolder map[string]int) string {
	if len(files) == 1 {
		return files[0].shown
	}
	dir, same := files[0].dir(), true
	for _, f := range files[1:] {
		for !within(f.dir(), dir) {
			dir = filepath.Dir(dir)
		}
		same = same && f.name() == files[0].name()
	}
	switch {
	case perFolder[dir] == len(files):
		return dir
	case same:
		return filepath.Join(dir, "*", files[0].name())
	}
	return files[0].shown
}

func within(path, dir string) bool {
	return path == dir || dir == "." || dir == string(filepath.Separator) || strings.HasPrefix(path, dir+string(filepath.Separator))
}
