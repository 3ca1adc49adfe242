package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"onset/dataset"
	"onset/dataset/codec"
	"onset/devices"
	"onset/replay"
)

// What runs a model on a device.
const (
	RuntimeAuto = "auto" // C where it can be built and the model has its form, else Go
	RuntimeC    = "c"    // the device program
	RuntimeGo   = "go"   // the same arithmetic in this program
)

// Ran is what a recording came to on the device.
type Ran struct {
	Runtime string `json:"runtime"`       // RuntimeC or RuntimeGo
	Why     string `json:"why,omitempty"` // why it was not C
	// Sessions are the recording's, in its order.
	Sessions []RanSession `json:"sessions"`
	// Refused are files of the recording that could not be read; the others ran.
	Refused []codec.Refusal `json:"refused,omitempty"`
}

// RanSession is what a session came to.
type RanSession struct {
	Session   dataset.SessionID `json:"session"`
	DurationS float64           `json:"duration_s"`
	Decisions []Decided         `json:"decisions"`
}

// Decided is a decision, or that a set turned out to be none.
type Decided struct {
	replay.Line
	TakenBack bool `json:"taken_back,omitempty"`
}

// programsDir holds the device program once it was built.
const programsDir = "program"

// Run streams a recording through the model in use as a watch would: the net
// and the frozen tables beside it, in packets of one second, without looking
// ahead. runtime says what by. o says how the recording's files are read; what
// they hold is forgotten afterwards.
func (c *Client) Run(ctx context.Context, recording, runtime string, o codec.Options) (ran Ran, err error) {
	dir, current, err := c.ModelDir()
	if err != nil {
		return ran, err
	}
	device, err := devices.LoadDevice(dir, "")
	if err != nil {
		return ran, fmt.Errorf("the model in use, version %d, does not prove itself: %w", current.Version, err)
	}
	run, ran, err := c.runner(ctx, dir, device, runtime)
	if err != nil {
		return ran, err
	}
	work, err := os.MkdirTemp(c.dir, ".new-*")
	if err != nil {
		return ran, fmt.Errorf("running %s: %w", recording, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	study, err := dataset.Create(ctx, filepath.Join(work, "run.onset"), dataset.Options{Program: "onset device"})
	if err != nil {
		return ran, fmt.Errorf("running %s: %w", recording, err)
	}
	defer func() { err = errors.Join(err, study.Close()) }()
	report, err := codec.Import(ctx, study, []string{recording}, o, nil)
	if err != nil {
		return ran, fmt.Errorf("running %s: %w", recording, err)
	}
	if len(report.Imported) == 0 {
		for _, x := range report.Refused {
			return ran, fmt.Errorf("running %s: %s", x.Source, x.Reason)
		}
		return ran, fmt.Errorf("running %s: it holds no recording that is known", recording)
	}
	ran.Refused = report.Refused
	for _, s := range report.Imported {
		text, err := run(ctx, study, s.Session)
		if err != nil {
			return ran, fmt.Errorf("running %s: %w", s.Source, err)
		}
		decisions, err := readLines(text)
		if err != nil {
			return ran, fmt.Errorf("running %s: %w", s.Source, err)
		}
		ran.Sessions = append(ran.Sessions, RanSession{s.Session, s.DurationS, decisions})
	}
	return ran, nil
}

// runner chooses what runs the model in dir, and says what and why.
func (c *Client) runner(ctx context.Context, dir string, device *devices.Device, runtime string) (run func(context.Context, *dataset.Study, dataset.SessionID) ([]byte, error), ran Ran, err error) {
	inGo := func(ctx context.Context, study *dataset.Study, id dataset.SessionID) ([]byte, error) {
		r, err := replay.Stream(ctx, study, device.Knowledge, device.Model, id, replay.DeviceOptions())
		if err != nil {
			return nil, err
		}
		var lines bytes.Buffer
		err = r.Result().WriteLines(&lines)
		return lines.Bytes(), err
	}
	switch runtime {
	case RuntimeGo:
		return inGo, Ran{Runtime: RuntimeGo, Why: "it was asked for"}, nil
	case RuntimeC, RuntimeAuto:
	default:
		return nil, ran, fmt.Errorf("no runtime %q: there are %s, %s and %s", runtime, RuntimeAuto, RuntimeC, RuntimeGo)
	}
	if _, err = os.Stat(filepath.Join(dir, devices.DeviceFile)); err != nil {
		err = errors.New("the model was published without its form for C")
	}
	var p devices.Program
	if err == nil {
		p, err = devices.BuildProgram(ctx, filepath.Join(c.dir, programsDir))
	}
	if err == nil {
		err = p.SelfTest(ctx, dir)
	}
	if err != nil && runtime == RuntimeAuto && ctx.Err() == nil {
		return inGo, Ran{Runtime: RuntimeGo, Why: err.Error()}, nil
	}
	if err != nil {
		return nil, ran, fmt.Errorf("running in C: %w", err)
	}
	return func(ctx context.Context, study *dataset.Study, id dataset.SessionID) ([]byte, error) {
		session, err := study.Session(ctx, id)
		if err != nil {
			return nil, err
		}
		samples, to := io.Pipe()
		written := make(chan struct{})
		go func() {
			defer close(written)
			w := bufio.NewWriter(to)
			to.CloseWithError(errors.Join(devices.WriteSamples(ctx, w, study, session, false), w.Flush()))
		}()
		var lines bytes.Buffer
		err = p.Run(ctx, dir, samples, &lines)
		_ = samples.Close() // ends the writing where the program has ended early
		<-written           // the study is closed after this
		return lines.Bytes(), err
	}, Ran{Runtime: RuntimeC}, nil
}

func readLines(text []byte) ([]Decided, error) {
	out := []Decided{}
	for dec := json.NewDecoder(bytes.NewReader(text)); dec.More(); {
		var d Decided
		if err := dec.Decode(&d); err != nil {
			return nil, fmt.Errorf("reading the decisions: %w", err)
		}
		out = append(out, d)
	}
	return out, nil
}
