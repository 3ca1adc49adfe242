package dataset

import "testing"

// Two raters who label the same sets have not labelled twice as many; what an older
// version stored is counted anew.
func TestSetsAreCountedOfTheFullestLabelSet(t *testing.T) {
	c := labelCount{}
	if err := c.read(`{"a/curl":4}`); err != nil || c.exercises != nil {
		t.Errorf("stored counts of another kind are taken for %v, %v", c.exercises, err)
	}
	ctx, s := t.Context(), newTestStudy(t)
	session, err := importWave(ctx, s, "P01", 1000)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := s.Session(ctx, session)
	if err != nil {
		t.Fatal(err)
	}
	recording := whole.Recordings[0].ID
	for i, set := range []string{"JB", "MK", "MK"} {
		id := LabelID(set + string(rune('0'+i)))
		edit := Edit{Session: session, Rater: set, Action: "add label", Changes: []Change{{After: &Label{
			ID: id, Session: session, Recording: recording, Set: set, Kind: KindExercise, Exercise: "a/curl", Rater: set,
			Origin: "hand", Confidence: 1, Start: int64(i*100 + 100), End: int64(i*100 + 150)}}}}
		if _, err := s.Apply(ctx, edit); err != nil {
			t.Fatal(err)
		}
	}
	list, err := s.Sessions(ctx)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	if v := list[0]; v.Exercises["a/curl"] != 2 || v.CountedSet != "MK" || v.LabelSets != 3 || v.Labels != 4 {
		t.Errorf("%v of %q, %d label sets, %d labels", v.Exercises, v.CountedSet, v.LabelSets, v.Labels)
	}
}
