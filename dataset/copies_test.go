package dataset

import "testing"

func TestCopiesOfASessionAreFound(t *testing.T) {
	ctx, s := t.Context(), newTestStudy(t)
	x := movement(1, 30_000)
	add := func(person string, codes []int32) SessionID {
		im, err := importSeries(ctx, s, person, Uniform(0, 50), codes)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := im.CheckTwins(ctx, true); err != nil {
			t.Fatal(err)
		}
		id, err := im.Commit(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	first, other, half := add("P01", x), add("P01", movement(2, 30_000)), add("P02", x[15_000:])
	for _, c := range []struct {
		of   SessionID
		want []SessionID
	}{{first, []SessionID{half}}, {half, []SessionID{first}}, {other, nil}} {
		got, err := s.Copies(ctx, c.of)
		if err != nil || len(got) != len(c.want) || len(got) == 1 && got[0] != c.want[0] {
			t.Errorf("copies of %s: %v, %v", c.of, got, err)
		}
	}
}
