package video

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"os/exec"
	"strconv"
)

// ahead is how many frames further on are reached by reading on instead of
// seeking anew.
const ahead = 60

// Player gives the frames of a video, small enough to be shown beside a trace. It
// keeps one ffmpeg running and reads on while what is asked for lies just ahead.
// It is not safe for several goroutines.
type Player struct {
	path          string
	info          Info
	width, height int

	cmd    *exec.Cmd
	out    io.ReadCloser
	cancel context.CancelFunc
	next   int // the frame that comes out next
	last   int // the frame that is held, -1 for none
	held   *image.RGBA
}

// NewPlayer makes a player whose frames are width pixels wide.
func NewPlayer(path string, info Info, width int) *Player {
	width = min(width, info.Width)
	return &Player{path: path, info: info, width: width, height: max(width*info.Height/info.Width, 1), last: -1}
}

// Frame is the picture seen at a moment of the video, and its number. The picture
// is valid until the next call.
func (p *Player) Frame(ctx context.Context, at float64) (*image.RGBA, int, error) {
	k := p.info.FrameAt(at)
	if k == p.last {
		return p.held, k, nil
	}
	if p.cmd == nil || k < p.next || k > p.next+ahead {
		if err := p.seek(k); err != nil {
			return nil, k, err
		}
	}
	if p.held == nil {
		p.held = image.NewRGBA(image.Rect(0, 0, p.width, p.height))
	}
	for p.next <= k {
		if err := ctx.Err(); err != nil {
			return nil, k, err
		}
		if _, err := io.ReadFull(p.out, p.held.Pix); err != nil {
			p.Close()
			return nil, k, fmt.Errorf("reading frame %d of the video: %w", k, err)
		}
		p.last = p.next
		p.next++
	}
	return p.held, k, nil
}

// seek starts ffmpeg so that frame k comes out first.
func (p *Player) seek(k int) error {
	p.Close()
	ctx, cancel := context.WithCancel(context.Background())
	args := []string{"-v", "error", "-nostdin"}
	if k > 0 { // a moment between the frame before and this one
		at := (p.info.Times[k-1] + p.info.Times[k]) / 2
		args = append(args, "-ss", strconv.FormatFloat(at, 'f', 6, 64))
	}
	args = append(args, "-i", "file:"+p.path, "-map", "0:v:0", "-fps_mode", "passthrough",
		"-vf", fmt.Sprintf("scale=%d:%d", p.width, p.height), "-f", "rawvideo", "-pix_fmt", "rgba", "pipe:1")
	cmd := exec.CommandContext(ctx, "ffmpeg", args...)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		cancel()
		if errors.Is(err, exec.ErrNotFound) {
			err = ErrNoFFmpeg
		}
		return fmt.Errorf("playing the video: %w", err)
	}
	p.cmd, p.out, p.cancel, p.next, p.last = cmd, out, cancel, k, -1
	return nil
}

// Close ends the reading. The player can be asked again.
func (p *Player) Close() {
	if p.cmd == nil {
		return
	}
	p.cancel()
	_ = p.cmd.Wait() // it was told to end
	p.cmd, p.last = nil, -1
}
