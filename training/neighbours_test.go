package training

import (
	"context"
	"errors"
	"testing"

	"onset/dataset"
)

func TestNeighboursAreOfOthersAndMostlyOfTheSameExercise(t *testing.T) {
	ctx, store := context.Background(), gym(5, 3, 2)
	cfg := quick()
	cfg.Fit.Epochs = 2
	r, err := Train(ctx, store, cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r, err = LoadResult(ctx, store, r.Run); err != nil {
		t.Fatal(err)
	}
	same, all := 0, 0
	for _, p := range r.Predictions[:10] {
		list, err := Neighbours(ctx, store, r.Run, p, 4)
		if err != nil || len(list) != 4 {
			t.Fatalf("%d neighbours, %v", len(list), err)
		}
		for i, n := range list {
			if n.Participant == p.Participant {
				t.Errorf("a neighbour of %s is their own", p.Participant)
			}
			if i > 0 && n.Distance < list[i-1].Distance {
				t.Errorf("not the nearest first: %v", list)
			}
			if all++; n.Class == r.Confusion.Classes[p.Truth] {
				same++
			}
		}
	}
	if same < all*3/4 {
		t.Errorf("%d of %d neighbours are of the same exercise", same, all)
	}
	gone := r.Predictions[0]
	gone.Sample += 7
	if _, err := Neighbours(ctx, store, r.Run, gone, 4); !errors.Is(err, dataset.ErrNotFound) {
		t.Errorf("a window that is gone: %v", err)
	}
}

func TestDifferingNamesWhatIsNotTheSame(t *testing.T) {
	a, b, c := DefaultConfig(), DefaultConfig(), DefaultConfig()
	b.Fit.Seed, c.Data.WindowS = 3, 2
	keys, values, err := Differing([]Config{a, b, c})
	if err != nil || len(keys) != 2 {
		t.Fatalf("%v, %v", keys, err)
	}
	for k, want := range map[string][3]string{"fit.seed": {"0", "3", "0"}, "data.window_s": {"1.0", "1.0", "2.0"}} {
		for i := range 3 {
			for j, key := range keys {
				if key == k && values[i][j] != want[i] {
					t.Errorf("%s of config %d is %q, want %q", k, i, values[i][j], want[i])
				}
			}
		}
	}
	if keys, _, _ := Differing([]Config{a, a}); len(keys) != 0 {
		t.Errorf("equal configs differ in %v", keys)
	}
}
