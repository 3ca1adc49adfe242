package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"time"

	"onset/dataset"
)

// piece is how many samples are made at once.
const piece = 1 << 14

// generate makes a study with some short sessions of a minute at 50 Hz, one
// recording of 6 channels at 100 Hz and one of 3.
func generate(ctx context.Context, path string, small, day, long int) (err error) {
	s, err := dataset.Create(ctx, path, dataset.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	began, samples := time.Now(), 0
	for i := range small {
		if err := add(ctx, s, fmt.Sprintf("P%02d", i%40+1), uint64(i), 50, 3, 3000); err != nil {
			return err
		}
		samples += 3 * 3000
	}
	if err := add(ctx, s, "P41", 5001, 100, 6, day); err != nil {
		return err
	}
	if err := add(ctx, s, "P42", 5002, 100, 3, long); err != nil {
		return err
	}
	samples += 6*day + 3*long
	fmt.Fprintf(os.Stderr, "made %d sessions, %.0f million values, in %.0f s\n", small+2, float64(samples)/1e6, time.Since(began).Seconds())
	return nil
}

func add(ctx context.Context, s *dataset.Study, person string, seed uint64, hz float64, channels, samples int) error {
	im, err := s.BeginImport(ctx, dataset.Session{Participant: dataset.ParticipantID(person),
		Start: time.Date(2024, 1, 1, 8, 0, 0, 0, time.UTC).Add(time.Duration(seed) * time.Hour), Zone: "UTC"})
	if err != nil {
		return err
	}
	defer func() { _ = im.Abort() }()
	draft := dataset.RecordingDraft{Placement: "left-wrist", NominalHz: hz}
	for c := range channels {
		kind, unit := "accelerometer", "g"
		if c >= 3 {
			kind, unit = "gyroscope", "deg/s"
		}
		draft.Channels = append(draft.Channels, dataset.Channel{Kind: kind, Unit: unit, Axis: string("xyz"[c%3]), Scale: 1.0 / 1024})
	}
	w, err := im.AddRecording(ctx, draft)
	if err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(seed, 1))
	codes := make([][]int32, channels)
	for at := 0; at < samples; at += piece {
		n := min(piece, samples-at)
		for c := range codes {
			codes[c] = movement(codes[c][:0], r, at, n, c)
		}
		if err := w.AppendCodes(ctx, codes); err != nil {
			return err
		}
	}
	if _, err := w.Finish(ctx, dataset.Uniform(0, hz), hz, nil); err != nil {
		return err
	}
	_, err = im.Commit(ctx)
	return err
}

// movement is n codes of a limb that swings every now and then, with noise.
func movement(into []int32, r *rand.Rand, at, n, channel int) []int32 {
	noise := r.Uint64()
	for i := at; i < at+n; i++ {
		noise = noise*6364136223846793005 + 1442695040888963407
		v := 900 * math.Sin(float64(i)/37+float64(channel))
		if i/3000%5 > 1 {
			v /= 40
		}
		into = append(into, int32(v)+int32(noise>>60))
	}
	return into
}
