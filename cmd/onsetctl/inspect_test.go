package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"onset/app"
	"onset/dataset/codec"
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

func TestAMappingSavedInTheWindowIsKnownHere(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("XDG_DATA_HOME", dir)
	home, err := app.DefaultDataDir()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(home, dir) {
		t.Skip("the data folder can not be moved here")
	}
	bench, err := app.New(app.Options{DataDir: home, Program: "onset test"})
	if err != nil {
		t.Fatal(err)
	}
	defer bench.Close()
	table := filepath.Join(dir, "walk.csv")
	writeFile(t, table, []byte("seconds;sway\n0,00;1,5\n0,02;1,6\n0,04;1,7\n0,06;1,8\n"))
	m := codec.Mapping{Name: "sway plate", File: codec.FileRule{Delimiter: ";", Decimal: ",", Header: true},
		Time:     codec.TimeRule{Column: &codec.Column{Name: "seconds"}, Unit: "s", From: "start"},
		Channels: []codec.ChannelRule{{Column: codec.Column{Name: "sway"}, Kind: "value", Unit: "1"}}}
	if _, _, err := bench.SaveMapping(t.Context(), m, table, false); err != nil {
		t.Fatal(err)
	}
	o := ctl(t, "import", newStudyFile(t), table, "--json")
	if o.code != exitOK || !strings.Contains(o.out, `"format":"csv:sway plate"`) || !strings.Contains(o.err, `read with the saved mapping "sway plate"`) {
		t.Errorf("exit %d\n%s\n%s", o.code, o.out, o.err)
	}
}
