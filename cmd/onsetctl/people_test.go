package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onset/dataset"
)

func TestParticipantSheetInAndOut(t *testing.T) {
	study := sampleStudy(t)
	sheet := filepath.Join(t.TempDir(), "people.csv")
	if o := ctl(t, "participants", study, "--write", sheet); o.code != exitOK {
		t.Fatal(o.err)
	}
	text, err := os.ReadFile(sheet)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	cells := strings.Split(lines[1], ",")
	cells[1] = "90-99"
	lines[1] = strings.Join(cells, ",")
	if err := os.WriteFile(sheet, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	got := must[struct{ Participants []participantRow }](t, "participants", study, "--read", sheet)
	if len(got.Participants) != len(lines)-1 || got.Participants[0].AgeBand != "90-99" || got.Participants[0].Sessions == 0 {
		t.Errorf("%+v", got.Participants)
	}
	bad := strings.Replace(strings.Join(lines, "\n"), "90-99", "20-29", 1) + "\nS99,,upside,,,\n"
	if err := os.WriteFile(sheet, []byte(bad), 0o600); err != nil {
		t.Fatal(err)
	}
	if o := ctl(t, "participants", study, "--read", sheet); o.code != exitFailed || !strings.Contains(o.err, "nothing was changed") {
		t.Errorf("a bad row: exit %d, %s", o.code, o.err)
	}
	if got := must[struct{ Participants []participantRow }](t, "participants", study); got.Participants[0].AgeBand != "90-99" {
		t.Error("a refused sheet changed something")
	}
}

func TestASheetEmptiesOnlyWhatItIsToldTo(t *testing.T) {
	study, sheet := sampleStudy(t), filepath.Join(t.TempDir(), "part.csv")
	type people struct {
		Participants []participantRow
		Changes      []dataset.ColumnChange
	}
	before := must[people](t, "participants", study).Participants[1]
	if before.AgeBand == "" || before.Sex == "" {
		t.Fatalf("nothing to lose: %+v", before)
	}
	writeFile(t, sheet, []byte("participant,note\n"+before.ID+",tall\n"))
	o := ctl(t, "participants", study, "--read", sheet)
	if o.code != exitOK || !strings.Contains(o.err, "part.csv: note 1 set (new field)") {
		t.Errorf("exit %d, %s", o.code, o.err)
	}
	after := must[people](t, "participants", study).Participants[1]
	if after.Fields["note"] != "tall" || after.AgeBand != before.AgeBand || after.Sex != before.Sex || after.Proficiency != before.Proficiency || after.Side != before.Side {
		t.Errorf("%+v became %+v", before, after)
	}
	writeFile(t, sheet, []byte("participant,sex,note\n"+before.ID+",,small\n"))
	o = ctl(t, "participants", study, "--read", sheet)
	for _, says := range []string{"empty 1 value of " + before.ID, "sex 1 emptied", "note 1 changed", "--yes", "nothing was changed"} {
		if o.code != exitFailed || !strings.Contains(o.err, says) {
			t.Errorf("exit %d, %s does not say %q", o.code, o.err, says)
		}
	}
	if got := must[people](t, "participants", study).Participants[1]; got.Sex != before.Sex || got.Fields["note"] != "tall" {
		t.Errorf("refused, yet %+v", got)
	}
	got := must[people](t, "participants", study, "--read", sheet, "--yes")
	if p := got.Participants[1]; p.Sex != "" || p.AgeBand != before.AgeBand || len(got.Changes) != 2 || got.Changes[0] != (dataset.ColumnChange{Column: "sex", Emptied: 1}) {
		t.Errorf("%+v", got)
	}
	writeFile(t, sheet, []byte("participant,age_band\n"+before.ID+",45\n"))
	if o := ctl(t, "participants", study, "--read", sheet); o.code != exitFailed || !strings.Contains(o.err, "row 2") || !strings.Contains(o.err, "such as 40-49") {
		t.Errorf("an exact age: exit %d, %s", o.code, o.err)
	}
}

func TestGroupsAreComputedAndStored(t *testing.T) {
	study := sampleStudy(t)
	made := must[groupsResult](t, "groups", study, "--cluster", "2")
	if len(made.Groups) != 2 || made.Silhouette == nil || made.Stored {
		t.Fatalf("%+v", made)
	}
	again := must[groupsResult](t, "groups", study, "--cluster", "2", "--store")
	if !again.Stored || strings.Join(again.Groups[0].Participants, " ") != strings.Join(made.Groups[0].Participants, " ") {
		t.Errorf("%+v against %+v", again, made)
	}
	kept := must[groupsResult](t, "groups", study)
	total := 0
	for _, g := range kept.Groups {
		total += len(g.Participants)
		if g.Small && len(kept.Warnings) == 0 {
			t.Error("a small group gives no warning")
		}
	}
	if total != 10 || len(kept.Groups) != 2 {
		t.Errorf("%+v", kept)
	}
	if o := ctl(t, "groups", study, "--cluster", "some"); o.code != exitUsage {
		t.Errorf("exit %d", o.code)
	}
}

func TestSensorSetsOfTheSample(t *testing.T) {
	got := must[struct {
		Sensors      []string
		Combinations int
		SensorSets   []sensorSetRow `json:"sensor_sets"`
		More         bool
	}](t, "sensor-sets", sampleStudy(t), "--most", "3")
	if len(got.Sensors) != 4 || got.Combinations != 15 || len(got.SensorSets) != 3 || !got.More || got.SensorSets[0].Sessions != 25 {
		t.Errorf("%+v", got)
	}
}

func TestPrivacyScanFindsWhatTheKeyFileHolds(t *testing.T) {
	t.Setenv(passphraseVariable, "correct horse")
	dir := t.TempDir()
	key := filepath.Join(dir, "names.key")
	must[map[string]int](t, "privacy", "add", "P01", "Erika Mustermann", "--key", key)
	must[map[string]int](t, "privacy", "add", "P02", "SN-40021", "--key", key)
	export := filepath.Join(dir, "export")
	if err := os.Mkdir(export, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(export, "card.md"), []byte("Trained on P01"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := must[scanResult](t, "privacy", "scan", export, "--key", key); got.Hits != 0 {
		t.Errorf("%+v", got)
	}
	if err := os.WriteFile(filepath.Join(export, "log.txt"), []byte("by ERIKA MUSTERMANN"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := ctl(t, "privacy", "scan", export, "--key", key, "--json")
	if o.code != exitFailed || !strings.Contains(o.out, `"hits":1`) || strings.Contains(o.out, "ustermann") {
		t.Errorf("exit %d, %s", o.code, o.out)
	}
	t.Setenv(passphraseVariable, "wrong")
	if o := ctl(t, "privacy", "scan", export, "--key", key); o.code != exitFailed || !strings.Contains(o.err, "passphrase") {
		t.Errorf("a wrong passphrase: exit %d, %s", o.code, o.err)
	}
	t.Setenv(passphraseVariable, "")
	if o := ctl(t, "privacy", "scan", export, "--key", key); o.code != exitUsage {
		t.Errorf("no passphrase: exit %d, %s", o.code, o.err)
	}
}

// The sample study's pseudonyms are all that it says of its people.
func TestAStudyCanBeScanned(t *testing.T) {
	t.Setenv(passphraseVariable, "several words")
	key := filepath.Join(t.TempDir(), "k")
	must[map[string]int](t, "privacy", "add", "P01", "Erika Mustermann", "--key", key)
	if got := must[scanResult](t, "privacy", "scan", sampleStudy(t), "--key", key); got.Hits != 0 {
		t.Errorf("%+v", got.Found)
	}
}

// Names leave an import in the key file alone: the study does not hold them.
func TestImportLinksNamesInTheKeyFile(t *testing.T) {
	t.Setenv(passphraseVariable, "several words")
	study, key := newStudyFile(t), filepath.Join(t.TempDir(), "k")
	folder := filepath.Join(sharedData(t, "muvr"), "pebble-sessions", "andrew-mixed-21-05")
	if o := ctl(t, "import", study, folder, "--key", key); o.code != exitOK {
		t.Fatal(o.err)
	}
	if o := ctl(t, "privacy", "list", "--key", key); !strings.Contains(o.out, "andrew") {
		t.Errorf("the key file does not know andrew: %s", o.out)
	}
	if got := must[scanResult](t, "privacy", "scan", study, "--key", key); got.Hits != 0 {
		t.Errorf("the study holds names: %+v", got.Found[0])
	}
}

func TestExportsWithAnIdentifierAreRefused(t *testing.T) {
	t.Setenv(passphraseVariable, "several words")
	study, key, out := newStudyFile(t), filepath.Join(t.TempDir(), "k"), filepath.Join(t.TempDir(), "bids")
	must[importResult](t, "import", study, pebbleSession(t, 1), "--participant", "P01")
	must[map[string]int](t, "privacy", "add", "P01", "Erika Mustermann", "--key", key)
	must[map[string]any](t, "bids", study, out, "--key", key)
	must[map[string]int](t, "privacy", "add", "P02", "accelerometer", "--key", key) // as if it were a name
	again := filepath.Join(t.TempDir(), "bids")
	if o := ctl(t, "bids", study, again, "--key", key); o.code != exitFailed || !strings.Contains(o.err, "P02") {
		t.Errorf("exit %d, %s", o.code, o.err)
	}
	if _, err := os.Stat(again); !os.IsNotExist(err) {
		t.Errorf("the refused export is still there: %v", err)
	}
}

func TestBackupRestoreAndWithdraw(t *testing.T) {
	t.Setenv(passphraseVariable, "several words")
	study, key := newStudyFile(t), filepath.Join(t.TempDir(), "k")
	must[importResult](t, "import", study, pebbleSession(t, 1), "--participant", "P01")
	must[map[string]int](t, "privacy", "add", "P01", "Erika Mustermann", "--key", key)
	b := must[backupResult](t, "study", "backup", study, "--keep", "2")
	if len(b.Kept) != 1 || b.Kept[0] != b.Backup {
		t.Errorf("%+v", b)
	}
	w := must[withdrawResult](t, "study", "withdraw", study, "P01", "--key", key)
	if w.Sessions != 1 || !w.KeyFile || len(w.Copies) != 1 || w.Copies[0] != b.Backup {
		t.Errorf("%+v", w)
	}
	if got := must[infoResult](t, "study", "info", study); got.Sessions != 0 || got.Participants != 0 {
		t.Errorf("%+v", got)
	}
	if c := must[struct{ OK bool }](t, "study", "check", study); !c.OK {
		t.Error("the study is not whole after a withdrawal")
	}
	r := must[map[string]string](t, "study", "restore", b.Backup, study)
	if _, err := os.Stat(r["aside"]); err != nil {
		t.Error(err)
	}
	if got := must[infoResult](t, "study", "info", study); got.Sessions != 1 {
		t.Errorf("restored %+v", got)
	}
}

func TestGroupsAreMadeByHand(t *testing.T) {
	study := sampleStudy(t)
	must[groupsResult](t, "groups", study, "--one")
	kept := must[groupsResult](t, "groups", study)
	if len(kept.Groups) != 0 || kept.Stored || len(kept.Warnings) != 0 || len(kept.Ungrouped) != 10 {
		t.Fatalf("one for all: %+v", kept)
	}
	a, b := kept.Ungrouped[0], kept.Ungrouped[1]
	must[groupsResult](t, "groups", study, "--assign", a+","+b+"=hip")
	if got := must[groupsResult](t, "groups", study, "--rename", "hip=hip surgery", "--assign", b+"="); !got.Stored {
		t.Error("a change by hand is not kept")
	}
	kept = must[groupsResult](t, "groups", study)
	if len(kept.Groups) != 1 || kept.Groups[0].Name != "hip surgery" || strings.Join(kept.Groups[0].Participants, " ") != a || len(kept.Ungrouped) != 9 {
		t.Errorf("%+v", kept)
	}
	if len(kept.Warnings) != 1 || !strings.Contains(kept.Warnings[0], "has 1 person;") {
		t.Errorf("warned %q", kept.Warnings)
	}
	if o := ctl(t, "groups", study, "--cluster", "99"); o.code != exitUsage || !strings.Contains(o.err, "10 is the most") {
		t.Errorf("99 groups of 10 people: exit %d, %s", o.code, o.err)
	}
	for _, args := range [][]string{{"--assign", "nobody=x"}, {"--assign", a}, {"--rename", "knee=x"}, {"--one", "--assign", a + "=x"}, {"--one", "--cluster", "2"},
		{"--assign", b + "=x,", "--assign", "nobody=x"}} {
		if o := ctl(t, append([]string{"groups", study}, args...)...); o.code != exitUsage {
			t.Errorf("%v: exit %d, %s", args, o.code, o.err)
		}
	}
	if again := must[groupsResult](t, "groups", study); len(again.Groups) != 1 {
		t.Errorf("a refused change left something: %+v", again)
	}
}

func TestSheetsAndLabelFilesWithANameAreRefused(t *testing.T) {
	study, dir := sampleStudy(t), t.TempDir()
	t.Setenv(passphraseVariable, "correct horse battery")
	key, sheet := filepath.Join(dir, "names.key"), filepath.Join(dir, "sheet.csv")
	must[map[string]int](t, "privacy", "add", "P01", "Erika Mustermann", "--key", key)
	if o := ctl(t, "participants", study, "--write", sheet, "--key", key); o.code != exitOK {
		t.Fatalf("a clean sheet: exit %d, %s", o.code, o.err)
	}
	text, err := os.ReadFile(sheet)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	for i := range lines {
		if lines[i] += ","; i == 0 {
			lines[i] += "remark"
		} else {
			lines[i] += "see erika mustermann"
		}
	}
	named := filepath.Join(dir, "named.csv")
	if err := os.WriteFile(named, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if o := ctl(t, "participants", study, "--read", named); o.code != exitOK {
		t.Fatal(o.err)
	}
	out := filepath.Join(dir, "out.csv")
	if o := ctl(t, "participants", study, "--write", out, "--key", key); o.code != exitFailed || !strings.Contains(o.err, "P01") {
		t.Errorf("exit %d, %s", o.code, o.err)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("the sheet with a name was left")
	}
	s, err := dataset.Open(t.Context(), study, dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	sessions, err := s.Sessions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	full, err := s.Session(t.Context(), sessions[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	named2 := dataset.Label{Session: full.ID, Recording: full.Recordings[0].ID, Start: 0, End: 50, Kind: dataset.KindExercise, Exercise: "e", Set: "r", Rater: "r",
		Attributes: dataset.Attributes{Note: "Erika Mustermann was tired"}}
	if _, err := s.Apply(t.Context(), dataset.Edit{Session: full.ID, Rater: "r", Action: "add label", Changes: []dataset.Change{{After: &named2}}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	labels := filepath.Join(dir, "labels.csv")
	if o := ctl(t, "labels", "export", study, labels, "--session", string(full.ID), "--set", "r", "--key", key); o.code != exitFailed || !strings.Contains(o.err, "identifiers") {
		t.Errorf("exit %d, %s", o.code, o.err)
	}
	if _, err := os.Stat(labels); err == nil {
		t.Error("the labels with a name were left")
	}
}

func TestWithdrawRemovesCopiesOnlyWhenAsked(t *testing.T) {
	study := newStudyFile(t)
	first := must[backupResult](t, "study", "backup", study) // of before the person came
	before := strings.Replace(first.Backup, filepath.Ext(first.Backup), "-earlier"+filepath.Ext(first.Backup), 1)
	if err := os.Rename(first.Backup, before); err != nil { // copies of one second have one name
		t.Fatal(err)
	}
	must[importResult](t, "import", study, pebbleSession(t, 1), "--participant", "P01")
	held := must[backupResult](t, "study", "backup", study)
	w := must[withdrawResult](t, "study", "withdraw", study, "P01", "--remove-copies")
	if len(w.Removed) != 1 || w.Removed[0] != held.Backup || len(w.Copies) != 0 {
		t.Errorf("%+v", w)
	}
	if _, err := os.Stat(held.Backup); !os.IsNotExist(err) {
		t.Errorf("the copy that holds the person is still there: %v", err)
	}
	if _, err := os.Stat(before); err != nil {
		t.Errorf("a copy without the person went, too: %v", err)
	}
	if _, err := os.Stat(study); err != nil {
		t.Error(err)
	}
}

func TestScanTakesRelativePathsAndGoesOnPastWhatItCanNotRead(t *testing.T) {
	t.Setenv(passphraseVariable, "correct horse")
	dir := t.TempDir()
	t.Chdir(dir)
	must[map[string]any](t, "study", "new", "a.onset")
	must[map[string]int](t, "privacy", "add", "P01", "Erika Mustermann", "--key", "../"+filepath.Base(dir)+"-names.keys")
	key := "../" + filepath.Base(dir) + "-names.keys"
	if got := must[scanResult](t, "privacy", "scan", "a.onset", "--key", key); got.Hits != 0 || len(got.Unread) != 0 {
		t.Errorf("a study by a relative path: %+v", got)
	}
	writeFile(t, "locked.7z", []byte("7z\xbc\xaf\x27\x1c...."))
	o := ctl(t, "privacy", "scan", ".", "--key", key, "--json")
	if o.code != exitUnread || !strings.Contains(o.out, `"hits":0`) || !strings.Contains(o.out, `"unread":[{"file":"locked.7z"`) {
		t.Errorf("exit %d: %s%s", o.code, o.out, o.err)
	}
	if o := ctl(t, "privacy", "scan", ".", "--key", key); !strings.Contains(o.out, "locked.7z could not be looked through: it is packed (7z)") {
		t.Errorf("said %q", o.out)
	}
	writeFile(t, "z.csv", []byte("Erika\tMustermann\n"))
	o = ctl(t, "privacy", "scan", ".", "--key", key, "--json")
	if o.code != exitFailed || !strings.Contains(o.out, `"hits":1`) || !strings.Contains(o.out, "locked.7z") {
		t.Errorf("exit %d: %s%s", o.code, o.out, o.err)
	}
}

func TestASheetBringsNobodyBackUnasked(t *testing.T) {
	study, sheet := sampleStudy(t), filepath.Join(t.TempDir(), "people.csv")
	if o := ctl(t, "participants", study, "--write", sheet); o.code != exitOK {
		t.Fatal(o.err)
	}
	type people struct{ Participants []participantRow }
	first := must[people](t, "participants", study).Participants[0].ID
	if o := ctl(t, "study", "withdraw", study, first); o.code != exitOK {
		t.Fatal(o.err)
	}
	o := ctl(t, "participants", study, "--read", sheet)
	if o.code != exitFailed || !strings.Contains(o.err, first) || !strings.Contains(o.err, "--new-people") {
		t.Errorf("exit %d, %s", o.code, o.err)
	}
	if got := must[people](t, "participants", study).Participants; len(got) != 9 || got[0].ID == first {
		t.Errorf("in the study: %+v", got)
	}
	if got := must[people](t, "participants", study, "--read", sheet, "--new-people").Participants; len(got) != 10 {
		t.Errorf("with --new-people: %d", len(got))
	}
}

func TestASheetsNamesAreNotTakenForCodes(t *testing.T) {
	study, sheet := newStudyFile(t), filepath.Join(t.TempDir(), "people.csv")
	writeFile(t, sheet, []byte("participant,note\nS01,tall\nAnna Muster,3\n"))
	o := ctl(t, "participants", study, "--read", sheet)
	if o.code != exitFailed || !strings.Contains(o.err, "Anna Muster, which looks like a name (") || strings.Contains(o.err, "S01,") {
		t.Errorf("exit %d, %s", o.code, o.err)
	}
	type people struct{ Participants []participantRow }
	if got := must[people](t, "participants", study).Participants; len(got) != 0 {
		t.Errorf("in the study: %+v", got)
	}
	if got := must[people](t, "participants", study, "--read", sheet, "--yes").Participants; len(got) != 2 {
		t.Errorf("with --yes: %+v", got)
	}
}

func TestAWithdrawalChecksTheKeyFileFirst(t *testing.T) {
	t.Setenv(passphraseVariable, "several words")
	dir := t.TempDir()
	study, key, away := newStudyFile(t), filepath.Join(dir, "names.key"), filepath.Join(dir, "away.key")
	must[importResult](t, "import", study, pebbleSession(t, 1), "--participant", "P01")
	must[map[string]int](t, "privacy", "add", "P01", "Erika Mustermann", "--key", key)
	if err := os.Rename(key, away); err != nil {
		t.Fatal(err)
	}
	o := ctl(t, "study", "withdraw", study, "P01", "--key", key)
	want := "onsetctl: P01 was not withdrawn, for their names would stay in the key file: there is no key file " + key + ". Nothing was changed, and P01 is in the study with all recordings. " +
		"Say with --key where the key file is now; or withdraw without --key, and remove the names when the file is found: onsetctl privacy remove P01 --key KEYFILE.\n"
	if o.code != exitFailed || o.err != want {
		t.Errorf("exit %d, %s", o.code, o.err)
	}
	other := filepath.Join(dir, "table.key")
	if err := os.WriteFile(other, []byte("P01,Erika\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if o := ctl(t, "study", "withdraw", study, "P01", "--key", other); o.code != exitFailed || !strings.Contains(o.err, other+" is no Onset key file. Nothing was changed") || strings.Contains(o.err, "New key file") {
		t.Errorf("exit %d, %s", o.code, o.err)
	}
	if got := must[infoResult](t, "study", "info", study); got.Participants != 1 || got.Sessions != 1 {
		t.Fatalf("refused, yet %+v", got)
	}
	o = ctl(t, "study", "withdraw", study, "P01")
	if o.code != exitOK || !strings.Contains(o.out, "privacy remove P01") {
		t.Errorf("without the key file: exit %d, %s", o.code, o.out)
	}
	got := must[struct{ Removed, Absent []string }](t, "privacy", "remove", "P01", "P77", "--key", away)
	if strings.Join(got.Removed, " ") != "P01" || strings.Join(got.Absent, " ") != "P77" {
		t.Errorf("%+v", got)
	}
	if o := ctl(t, "privacy", "list", "--key", away); o.code != exitOK || strings.Contains(o.out, "Erika") {
		t.Errorf("exit %d, %s", o.code, o.out)
	}
	if o := ctl(t, "privacy", "add", "S03", "Erika", "Al", "--key", away); o.code != exitFailed || !strings.Contains(o.err, `"Al" is too short`) || !strings.Contains(o.err, "nothing was added") {
		t.Errorf("a name that is not looked for: exit %d, %s", o.code, o.err)
	}
	t.Setenv(passphraseVariable, "a")
	if o := ctl(t, "privacy", "add", "S03", "Erika", "--key", key); o.code != exitFailed || !strings.Contains(o.err, "at least 8 characters") {
		t.Errorf("a new key file with a passphrase of one letter: exit %d, %s", o.code, o.err)
	}
	writeFile(t, key, []byte("participant;name\n"))
	if o := ctl(t, "privacy", "list", "--key", key); o.code != exitFailed || !strings.Contains(o.err, "no Onset key file") {
		t.Errorf("a table as a key file: exit %d, %s", o.code, o.err)
	}
}

func TestOneGroupHasNoSilhouette(t *testing.T) {
	study := filepath.Join(t.TempDir(), "few.onset")
	must[any](t, "study", "new", study)
	sheet := filepath.Join(t.TempDir(), "few.csv")
	if err := os.WriteFile(sheet, []byte("participant,sex,remark\nP01,f,left knee\nP02,m,\nP03,f,\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	must[any](t, "participants", study, "--read", sheet)
	o := ctl(t, "groups", study, "--cluster", "auto", "--json")
	if !strings.Contains(o.out, `"silhouette":null,"silhouette_reason":"there is one group`) || !strings.Contains(o.out, "too small for 2 groups") {
		t.Errorf("said %s", o.out)
	}
	if o = ctl(t, "groups", study, "--cluster", "auto"); !strings.Contains(o.out, "silhouette -: ") || !strings.Contains(o.out, "10 people of whom something is known, and there are 3") {
		t.Errorf("said %s", o.out)
	}
	if o = ctl(t, "participants", study); !strings.Contains(o.out, "remark") || !strings.Contains(o.out, "left knee") {
		t.Errorf("a field of one's own is not shown: %s", o.out)
	}
}
