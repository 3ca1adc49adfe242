package signals

import (
	"context"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"onset/dataset"
	"onset/dataset/pyramid"
)

// shelf holds channels' values by id.
type shelf map[dataset.ChannelID][]float64

func (s shelf) Pyramid(_ context.Context, id dataset.ChannelID) (*pyramid.Pyramid, error) {
	b := pyramid.NewBuilder()
	b.Append(s[id])
	return b.Pyramid(), nil
}

func (s shelf) Detail(ctx context.Context, id dataset.ChannelID, _, _ int64) (*pyramid.Pyramid, int64, error) {
	p, err := s.Pyramid(ctx, id)
	return p, 0, err
}

func (s shelf) ReadSamples(_ context.Context, id dataset.ChannelID, first int64, dst []float64) (int, error) {
	return copy(dst, s[id][first:]), nil
}

// recording is one accelerometer axis worn on a place from a moment on, 10 Hz.
func (s shelf) recording(place string, from float64, samples int) dataset.Recording {
	id := dataset.ChannelID(len(s) + 1)
	values := make([]float64, samples)
	for i := range values {
		values[i] = float64(id)*1000 + float64(i)
	}
	s[id] = values
	return dataset.Recording{ID: dataset.RecordingID(fmt.Sprint(id)), Placement: place, Samples: int64(samples), NominalHz: 10,
		Clock: dataset.Uniform(from, 10), Channels: []dataset.Channel{{ID: id, Kind: "accelerometer", Axis: "x", Unit: "g"}}}
}

func TestAccelerometersComeFirstThenTheLongest(t *testing.T) {
	s := shelf{}
	short := s.recording("left-wrist", 0, 100)
	long := s.recording("right-thigh", 0, 1000)
	short.Channels = append(short.Channels, dataset.Channel{ID: 9, Kind: "gyroscope", Axis: "x", Unit: "rad/s"})
	tracks := Tracks(dataset.Session{Recordings: []dataset.Recording{short, long}}, s, 0)
	var names []string
	for _, k := range tracks {
		names = append(names, k.Name)
	}
	if got, want := fmt.Sprint(names), "[Right thigh, accelerometer Left wrist, accelerometer Left wrist, gyroscope]"; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := Tracks(dataset.Session{Recordings: []dataset.Recording{short, long}}, s, 1); len(got) != 1 {
		t.Errorf("asked for one track, got %d", len(got))
	}
}

func TestOnlyRecordingsThatFollowOneAnotherAreJoined(t *testing.T) {
	s := shelf{}
	session := dataset.Session{Recordings: []dataset.Recording{
		s.recording("thigh", 100, 50), s.recording("thigh", 0, 50), s.recording("thigh", 102, 50), s.recording("wrist", 200, 50)}}
	tracks := Joined(session, s, 0)
	if len(tracks) != 3 {
		t.Fatalf("%d tracks: the third recording overlaps the first, the fourth is worn elsewhere", len(tracks))
	}
	clock := tracks[0].Channels[0].Series.Clock()
	if err := clock.Validate(); err != nil {
		t.Fatal(err)
	}
	if clock.Time(0) != 0 || clock.Time(50) != 100 || len(clock.Gaps()) != 1 {
		t.Errorf("clock of the joined: %+v", clock)
	}
}

func TestJoinedSamplesAreThePartsInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := shelf{}
		var session dataset.Session
		var want []float64
		for i, n := range rapid.SliceOfN(rapid.IntRange(1, 40), 1, 6).Draw(t, "lengths") {
			session.Recordings = append(session.Recordings, s.recording("thigh", float64(i)*100, n))
			want = append(want, s[dataset.ChannelID(i+1)]...)
		}
		joined := Joined(session, s, 0)[0].Channels[0].Series
		first := rapid.IntRange(0, len(want)-1).Draw(t, "first")
		got := make([]float64, rapid.IntRange(1, len(want)-first).Draw(t, "count"))
		n, err := joined.Samples(context.Background(), int64(first), got)
		if err != nil || n != len(got) {
			t.Fatalf("read %d of %d: %v", n, len(got), err)
		}
		for i, v := range got {
			if v != want[first+i] {
				t.Fatalf("sample %d is %g, want %g", first+i, v, want[first+i])
			}
		}
		p, err := joined.Pyramid(context.Background())
		if err != nil || p.Len() != int64(len(want)) {
			t.Fatalf("pyramid of %d samples, want %d: %v", p.Len(), len(want), err)
		}
	})
}
