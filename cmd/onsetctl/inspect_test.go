package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

func TestExampleMappingReadsASimpleTable(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	table, mapping := filepath.Join(dir, "walk.csv"), filepath.Join(dir, "m.toml")
	text := "time,x,y,z\n"
	for i := range 200 {
		text += fmt.Sprintf("%.2f,0.%d,-0.5,1.25\n", float64(i)/50, i%10)
	}
	writeFile(t, table, []byte(text))
	study := newStudyFile(t)
	if o := ctl(t, "import", study, table); o.code != exitFailed || !strings.Contains(o.err, "--example-map") || !strings.Contains(o.err, "onsetctl inspect") {
		t.Errorf("without a mapping: %+v", o)
	}
	example := ctl(t, "import", "--example-map")
	if example.code != exitOK {
		t.Fatal(example.err)
	}
	writeFile(t, mapping, []byte(example.out))
	r := must[importResult](t, "import", study, table, "--map", mapping)
	if len(r.Imported) != 1 || r.Imported[0].Samples != 200 || r.Imported[0].DurationS < 3.9 || r.Imported[0].DurationS > 4.1 {
		t.Errorf("imported %+v", r)
	}
	in := must[inspected](t, "inspect", table)
	if len(in.Columns) != 4 || len(in.Open) == 0 || !strings.Contains(in.Mapping, `column = "time"`) {
		t.Errorf("inspected %+v", in)
	}
	if o := ctl(t, "inspect", table); o.code != exitOK || !strings.Contains(o.out, "# Open: ") {
		t.Errorf("inspect: %+v", o)
	}
}
