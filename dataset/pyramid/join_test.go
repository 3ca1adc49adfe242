package pyramid

import (
	"errors"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

func TestJoinedStretchesAreThePyramidOfTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 1, 700).Draw(t, "values")
		var j Joiner
		for left := values; len(left) > 0; {
			n := min(BaseBucket*rapid.IntRange(1, 20).Draw(t, "buckets"), len(left))
			blob, err := Of(left[:n]).MarshalLevel(0)
			if err != nil {
				t.Fatal(err)
			}
			if err := j.Add(blob); err != nil {
				t.Fatal(err)
			}
			left = left[n:]
		}
		if got, want := j.Pyramid(), Of(values); !reflect.DeepEqual(got, want) {
			t.Fatalf("joined %v, want %v", got, want)
		}
	})
}

func TestJoinerRefusesDamageAndParts(t *testing.T) {
	blob, err := Of(make([]float64, 17)).MarshalLevel(0)
	if err != nil {
		t.Fatal(err)
	}
	var j Joiner
	if err := j.Add(blob); err != nil {
		t.Fatal(err)
	}
	if err := j.Add(blob); !errors.Is(err, ErrDamaged) {
		t.Errorf("a stretch after a part of a bucket: %v", err)
	}
	blob[len(blob)-1] ^= 1
	if err := new(Joiner).Add(blob); !errors.Is(err, ErrDamaged) {
		t.Errorf("a flipped bit: %v", err)
	}
}
