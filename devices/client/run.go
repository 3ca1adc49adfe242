package client

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"onset/dataset"
	"onset/dataset/codec"
	"onset/devices"
	"onset/replay"
)

// Run streams a recording through the model in use as a watch would: the net
// and the frozen tables beside it, in packets of one second, without looking
// ahead. o says how the recording's files are read; what they hold is forgotten
// afterwards.
func (c *Client) Run(ctx context.Context, recording string, o codec.Options) (results []*replay.Result, err error) {
	dir, current, err := c.ModelDir()
	if err != nil {
		return nil, err
	}
	device, err := devices.LoadDevice(dir, "")
	if err != nil {
		return nil, fmt.Errorf("the model in use, version %d, does not prove itself: %w", current.Version, err)
	}
	work, err := os.MkdirTemp(c.dir, ".new-*")
	if err != nil {
		return nil, fmt.Errorf("running %s: %w", recording, err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	study, err := dataset.Create(ctx, filepath.Join(work, "run.onset"), dataset.Options{Program: "onset device"})
	if err != nil {
		return nil, fmt.Errorf("running %s: %w", recording, err)
	}
	defer func() { err = errors.Join(err, study.Close()) }()
	report, err := codec.Import(ctx, study, []string{recording}, o, nil)
	if err != nil {
		return nil, fmt.Errorf("running %s: %w", recording, err)
	}
	if len(report.Imported) == 0 {
		for _, x := range report.Refused {
			return nil, fmt.Errorf("running %s: %s", x.Source, x.Reason)
		}
		return nil, fmt.Errorf("running %s: it holds no recording that is known", recording)
	}
	for _, s := range report.Imported {
		r, err := replay.Stream(ctx, study, device.Knowledge, device.Model, s.Session, replay.DeviceOptions())
		if err != nil {
			return results, fmt.Errorf("running %s: %w", s.Source, err)
		}
		results = append(results, r.Result())
	}
	return results, nil
}
