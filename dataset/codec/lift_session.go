package codec

import (
	"context"
	"fmt"
	"hash/maphash"
	"path/filepath"
	"sort"

	"onset/dataset"
)

// liftFormat reads packets without times.
func liftFormat() format {
	return format{name: "lift", sniff: looksLift, group: groupLift}
}

// groupLift makes one session of the bare packets of a folder, which are one
// packet a file, and one of each file in another wrapping.
func groupLift(mine []*sourceFile, _ surveyed) []unit {
	var bare []*sourceFile
	var groups [][]*sourceFile
	for _, f := range mine {
		if f.detail.(liftBare) {
			bare = append(bare, f)
		} else {
			groups = append(groups, []*sourceFile{f})
		}
	}
	var units []unit
	for _, files := range append(groups, byFolder(bare)...) {
		source := files[0].dir()
		if files[0].given || len(files) == 1 {
			source = files[0].shown
		}
		d := &liftDecoder{files: files}
		units = append(units, unit{source: source, format: "lift", files: files, decode: d.decode})
	}
	return units
}

// liftDecoder reads one session.
type liftDecoder struct{ files []*sourceFile }

// liftStream is what one sensor at one place wrote.
type liftStream struct {
	kind      byte
	placement string
	rate      int
}

func (d *liftDecoder) decode(ctx context.Context, w *session) error {
	parts, err := d.parts(ctx, w)
	if err != nil {
		return err
	}
	name := filepath.Base(d.files[0].dir())
	if err := w.open(ctx, dataset.Session{Source: sourceLabel("lift", name)}); err != nil {
		return err
	}
	w.find(dataset.Finding{Kind: dataset.FindingNote, Sample: -1,
		Message: "The packets carry no times; they are laid end to end at the rate that they claim, and what was lost between them cannot be seen."})
	if len(parts) > 0 {
		var names []string
		for f := range parts {
			names = append(names, f.name())
		}
		sort.Slice(names, func(i, j int) bool { return naturalLess(names[i], names[j]) })
		w.find(dataset.Finding{Kind: dataset.FindingRepeats, Sample: -1,
			Message: fmt.Sprintf("Every packet of %s lies in another file of the folder too; they were read once.", listNames(names))})
	}
	records := map[liftStream]*recording{}
	var order []liftStream
	codes := make([][]int32, 3)
	for _, f := range d.files {
		if parts[f] {
			continue
		}
		err := d.scan(ctx, w, f, func(p liftPacket) error {
			s := liftStream{p.kind, p.placement, p.rate}
			if records[s] == nil {
				if records[s], err = w.record(ctx, s.spec()); err != nil {
					return err
				}
				order = append(order, s)
			}
			unpackPebble(pebbleHeader{count: p.count(), size: packedSampleLen}, p.payload, codes)
			return records[s].appendCodes(ctx, codes)
		})
		if err != nil {
			return err
		}
	}
	if len(order) == 0 {
		return badFile(d.files[0].path, "its packets hold no samples")
	}
	for _, s := range order {
		if _, err := records[s].finish(ctx, dataset.Uniform(0, float64(s.rate)), 0, nil); err != nil {
			return err
		}
	}
	return nil
}

func (d *liftDecoder) scan(ctx context.Context, w *session, f *sourceFile, visit func(liftPacket) error) error {
	r, err := w.file(ctx, f)
	if err != nil {
		return err
	}
	defer r.Close()
	return scanLift(f.path, r, func(p liftPacket) error {
		if p.count() == 0 {
			return nil
		}
		return visit(p)
	})
}

func (s liftStream) spec() recordingSpec {
	spec := pebbleSpec(stream{kind: s.kind}, s.rate)
	spec.Placement = s.placement
	for i := range spec.Channels {
		spec.Channels[i].RangeMin, spec.Channels[i].RangeMax = 0, 0
	}
	return spec
}

// parts finds the files whose every packet lies in an earlier file of the list,
// longest file first: a capture is often kept whole and in pieces.
func (d *liftDecoder) parts(ctx context.Context, w *session) (map[*sourceFile]bool, error) {
	files := append([]*sourceFile(nil), d.files...)
	sort.SliceStable(files, func(i, j int) bool { return files[i].size > files[j].size })
	seed, seen, parts := maphash.MakeSeed(), map[uint64]bool{}, map[*sourceFile]bool{}
	for _, f := range files {
		fresh := 0
		err := d.scan(ctx, w, f, func(p liftPacket) error {
			var h maphash.Hash
			h.SetSeed(seed)
			h.WriteByte(p.kind)
			h.WriteString(p.placement)
			h.Write(p.payload)
			if !seen[h.Sum64()] {
				seen[h.Sum64()] = true
				fresh++
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if fresh == 0 && len(seen) > 0 {
			parts[f] = true
		}
	}
	return parts, nil
}
