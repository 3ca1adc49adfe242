// Package video reads a reference video beside a recording through the system's
// ffmpeg: the real timestamp of every frame, frames near a moment, and the line
// that brings the video's clock onto the session's.
package video

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// ErrNoFFmpeg is returned where the system has no ffmpeg.
var ErrNoFFmpeg = errors.New("ffmpeg and ffprobe are not installed")

// Available reports whether videos can be read on this system.
func Available() error {
	for _, tool := range []string{"ffmpeg", "ffprobe"} {
		if _, err := exec.LookPath(tool); err != nil {
			return ErrNoFFmpeg
		}
	}
	return nil
}

// Info is what a video is made of.
type Info struct {
	Width, Height int
	// Times are the real timestamps of the frames in seconds from the video's
	// start, in order of showing. Nothing is counted at a nominal rate.
	Times []float64
	// Variable tells that frames do not come at one rate: the longest step is more
	// than half as long again as the middle one.
	Variable bool
}

// Probe reads the timestamps of every frame of a video. It reads the whole file,
// which takes about a second for an hour of video.
func Probe(ctx context.Context, path string) (Info, error) {
	var info Info
	if err := Available(); err != nil {
		return info, err
	}
	if _, err := os.Stat(path); err != nil {
		return info, fmt.Errorf("reading the video: %w", err)
	}
	head, err := ffprobe(ctx, path, "-show_entries", "stream=width,height:format=start_time", "-of", "default=noprint_wrappers=1")
	if err != nil {
		return info, err
	}
	start := 0.0
	for _, line := range strings.Split(head, "\n") {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch name {
		case "width":
			info.Width, _ = strconv.Atoi(value)
		case "height":
			info.Height, _ = strconv.Atoi(value)
		case "start_time":
			start, _ = strconv.ParseFloat(value, 64) // "N/A" counts as 0
		}
	}
	packets, err := ffprobe(ctx, path, "-show_entries", "packet=pts_time", "-of", "csv=p=0")
	if err != nil {
		return info, err
	}
	for _, line := range strings.Fields(packets) {
		if t, err := strconv.ParseFloat(strings.Trim(line, ","), 64); err == nil {
			info.Times = append(info.Times, t-start)
		}
	}
	slices.Sort(info.Times) // packets come in the order of decoding
	if len(info.Times) == 0 || info.Width <= 0 || info.Height <= 0 {
		return info, fmt.Errorf("%s: there is no video in it that ffmpeg can read", path)
	}
	info.Variable = variable(info.Times)
	return info, nil
}

func variable(times []float64) bool {
	if len(times) < 3 {
		return false
	}
	steps := make([]float64, len(times)-1)
	for i := range steps {
		steps[i] = times[i+1] - times[i]
	}
	slices.Sort(steps)
	middle := steps[len(steps)/2]
	return steps[len(steps)-1] > 1.5*middle || steps[0] < middle/1.5
}

func ffprobe(ctx context.Context, path string, args ...string) (string, error) {
	args = append([]string{"-v", "error", "-select_streams", "v:0"}, append(args, "file:"+path)...)
	cmd := exec.CommandContext(ctx, "ffprobe", args...)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("reading the video: %w: %s", err, firstLine(said.String()))
	}
	return string(out), nil
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}

// FrameAt is the frame that is seen at a moment of the video: the last one whose
// time has come.
func (i Info) FrameAt(at float64) int {
	k, found := slices.BinarySearch(i.Times, at+1e-6)
	if !found {
		k--
	}
	return min(max(k, 0), len(i.Times)-1)
}
