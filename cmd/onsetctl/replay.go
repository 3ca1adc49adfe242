package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"onset/dataset"
	"onset/devices"
	"onset/replay"
	"onset/training/nn"
)

func newReplay(t *terminal) *cobra.Command {
	var models []string
	var session, sources, protocol, config, bundle, precision, form string
	var lines, asDevice, shuffle bool
	var o replay.Options
	cmd := &cobra.Command{
		Use:   "replay FILE --model M --session ID | --protocol P",
		Short: "Stream a session through the whole classifier and show every source's answer",
		Long: `Stream a session through the whole classifier as a device would, in packets of one
second without looking ahead, and print each decision with what every source of
evidence said. Order, place and memory are learnt from the study's other
sessions.

With --protocol every session, or every person, is left out in turn and all
sources, alone and in every combination, are judged on the same sets.

With --bundle an exported model runs as its device would: on the tables in the
export, deciding wherever it finds an onset, confirmed by nobody. --lines prints
what the device program prints.

--model alone is a richer classifier than a device's: it knows this person's own
habits, looks back further, is told when each set begins and what it was. To
compare with a device take --bundle, or --as-device with --model: the device that
an export without this session would make.`,
		Args: words(1, 1, "one study file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Sources = splitList(sources)
			if protocol != "" {
				if session != "" || len(models) > 0 || sources != "" {
					return usagef("--protocol takes all sessions and trains its own models: leave out --session, --model and --sources")
				}
				if !cmd.Flags().Changed("onset") {
					o.Onset = ""
				}
				return ablate(cmd.Context(), t, args[0], config, form, replay.AblationOptions{Options: o, Protocol: protocol, ShuffleBeacons: shuffle})
			}
			if session == "" {
				return usagef("replay needs --session")
			}
			device := bundle != "" || asDevice
			switch {
			case bundle != "" && (len(models) > 0 || asDevice):
				return usagef("replay takes --bundle or --model, not both")
			case asDevice && len(models) != 1:
				return usagef("--as-device needs one --model")
			case !device && (lines || precision != ""):
				return usagef("--lines and --precision are for --bundle and --as-device")
			case asDevice && precision != "":
				return usagef("--as-device runs the exact weights; export them in another form and take --bundle")
			}
			if device {
				for _, flag := range []string{"at", "onset", "sources", "abstain", "unconfirmed", "config"} {
					if cmd.Flags().Changed(flag) {
						return usagef("--%s does not go with --bundle or --as-device: a device decides where it finds an onset, by all its sources, and is confirmed by nobody; what it abstains below stands in the export", flag)
					}
				}
				load := func(context.Context, *dataset.Study, dataset.SessionID) (*devices.Device, error) {
					d, err := devices.LoadDevice(bundle, nn.Precision(precision))
					if err != nil {
						return nil, fmt.Errorf("the exported model in %s is refused: %w", bundle, err)
					}
					return d, nil
				}
				if asDevice {
					load = func(ctx context.Context, s *dataset.Study, id dataset.SessionID) (*devices.Device, error) {
						return devices.AsDevice(ctx, s, models[0], devices.Options{LeaveOut: []dataset.SessionID{id}})
					}
				}
				return replayDevice(cmd.Context(), t, args[0], session, o.LabelSet, load, lines)
			}
			if len(models) == 0 && (len(o.Sources) == 0 || slices.Contains(o.Sources, replay.Sensor.String())) {
				return usagef("replay needs --model, or --sources without sensor")
			}
			for _, name := range o.Sources {
				if _, err := replay.SourceNamed(name); err != nil {
					return usagef("--sources: %v", err)
				}
			}
			return withStudy(cmd.Context(), args[0], true, func(s *dataset.Study) error {
				found, err := find(cmd.Context(), s, session)
				if err != nil {
					return err
				}
				c, err := replay.LoadModels(cmd.Context(), s, models)
				if err != nil {
					return err
				}
				r, err := replay.Load(cmd.Context(), s, c, found.ID, o)
				if err != nil {
					return err
				}
				result := r.Result()
				result.Decisions = append([]replay.Decision{}, result.Decisions...) // a list, also when empty
				result.Notes = append(result.Notes, richer)
				return t.print(result, func(w io.Writer) { writeReplay(w, result) })
			})
		},
	}
	cmd.Flags().StringArrayVar(&models, "model", nil, "the model's id, a beginning of it that only one has, or its name; again for models of fewer sensors, which speak while others are silent")
	cmd.Flags().StringVar(&session, "session", "", "the session's id, or a beginning of it that only one has")
	cmd.Flags().StringVar(&sources, "sources", "", "sources of evidence, with commas between: "+strings.Join(replay.SourceNames(), ", ")+" (default: all)")
	cmd.Flags().StringVar(&o.At, "at", replay.AtLabel, "decide once for every labelled set (label) or wherever an onset is found (detected)")
	cmd.Flags().StringVar(&o.Onset, "onset", replay.OnsetLabel, "where a set begins: at its label (label), or without a setup label at its first movement (movement, the default with --protocol)")
	cmd.Flags().StringVar(&protocol, "protocol", "", replay.LeaveSessionOut+" or "+replay.LeaveParticipantOut+": judge all sources on held-out sets")
	cmd.Flags().StringVar(&config, "config", "", "with --protocol: the training config (TOML) of the sensor's models")
	cmd.Flags().BoolVar(&o.Unconfirmed, "unconfirmed", false, "learn within the session from the answers given, not from what was truly done")
	cmd.Flags().StringVar(&o.LabelSet, "set", "", "the label set that says what was truly done (default: all)")
	cmd.Flags().Float64Var(&o.Abstain, "abstain", 0, "give no answer below this probability")
	cmd.Flags().Float64Var(&o.WrongCost, "wrong-cost", 0, "what a wrong answer costs, in the cost of none: no answer below 1 - 1/cost")
	cmd.Flags().BoolVar(&shuffle, "shuffle-beacons", false, "with --protocol: give beacon events other beacons' names, to see that a useless source does no harm")
	cmd.Flags().StringVar(&form, "table", "", "with --protocol: print the table of a paper (csv, latex) or its figure (svg)")
	cmd.Flags().StringVar(&bundle, "bundle", "", "an exported model: replay as its device would")
	cmd.Flags().StringVar(&precision, "precision", "", "with --bundle: the form of the weights (f32, f16, int8)")
	cmd.Flags().BoolVar(&asDevice, "as-device", false, "with --model: replay as the device of its export would, its tables learnt from the other sessions")
	cmd.Flags().BoolVar(&lines, "lines", false, "with --bundle or --as-device: print decisions as JSON lines, as the device program does")
	cmd.AddCommand(newScenarios(t))
	return cmd
}

// richer tells whoever compares a replay with a device what differs.
const richer = "This is the study's classifier, which knows more than a device does; --as-device or --bundle shows what a device would say."

// replayDevice runs a model on a session as its device would.
func replayDevice(ctx context.Context, t *terminal, study, session, labels string,
	load func(context.Context, *dataset.Study, dataset.SessionID) (*devices.Device, error), lines bool) error {
	return withStudy(ctx, study, true, func(s *dataset.Study) error {
		found, err := find(ctx, s, session)
		if err != nil {
			return err
		}
		d, err := load(ctx, s, found.ID)
		if err != nil {
			return err
		}
		if err := devices.CheckSession(ctx, s, found, d.Model.Contract()); err != nil {
			return fmt.Errorf("the samples of session %s are refused: %w", found.ID, err)
		}
		o := replay.DeviceOptions()
		o.LabelSet = labels
		r, err := replay.Stream(ctx, s, d.Knowledge, d.Model, found.ID, o)
		if err != nil {
			return err
		}
		result := r.Result()
		if lines {
			return result.WriteLines(t.out)
		}
		result.Decisions = append([]replay.Decision{}, result.Decisions...) // a list, also when empty
		return t.print(result, func(w io.Writer) { writeReplay(w, result) })
	})
}

func writeReplay(w io.Writer, r *replay.Result) {
	for _, n := range r.Notes {
		fmt.Fprintln(w, n)
	}
	rows := [][]string{{"at", "truth", "answer", "p", "sensor", "order", "place", "memory"}}
	for _, d := range r.Decisions {
		mark := ""
		if d.Truth != "" && d.Truth != d.Fused {
			mark = " (wrong)"
		}
		rows = append(rows, []string{
			fixed(d.AtS, 2), d.Truth, d.Fused + mark, fixed(d.P, 2),
			best(d.Sensor), best(d.Markov), best(d.Place), best(d.Memory),
		})
	}
	table(w, rows)
	for _, s := range r.Switches {
		fmt.Fprintf(w, "%s s: %s\n", fixed(s.AtS, 1), s.Message)
	}
	a := r.Accuracy
	fmt.Fprintln(w)
	table(w, [][]string{
		{"accuracy of", "sensor", "order", "place", "memory", "all together", "decisions"},
		{"", fixed(a.Sensor, 3), fixed(a.Markov, 3), fixed(a.Place, 3), fixed(a.Memory, 3), fixed(a.Fused, 3), strconv.Itoa(r.N)},
	})
	if b := r.Bill; b != nil {
		fmt.Fprintf(w, "\nA wrong answer costs %g times none: no answer below %.3f. %d unanswered, %d wrong, cost %g; answering always %g.\n",
			b.WrongCost, b.Below, b.Unanswered, b.Wrong, b.Cost, b.Always)
	}
	if r.TrainedOnSession {
		fmt.Fprintln(w, "\nThe model has learnt from this very session: the sensor's answers prove nothing.")
	} else if r.TrainedOnPerson {
		fmt.Fprintln(w, "\nThe model has learnt from other sessions of this person.")
	}
}

// best names what a source holds most probable; "-" when it can't tell.
func best(d replay.Distribution) string {
	name, most, tied := "-", 0.0, false
	for e, p := range d {
		switch {
		case p > most:
			name, most, tied = e, p, false
		case p == most:
			tied = true
		}
	}
	if tied {
		return "-"
	}
	return name
}

func newScenarios(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "scenarios DIR",
		Short: "Predict logged workouts: what comes next, and how much of it",
		Args:  words(1, 1, "a folder of workout logs"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := os.ReadDir(args[0]); err != nil {
				return fmt.Errorf("reading workout logs: %w", err)
			}
			r, err := replay.Scenarios(cmd.Context(), os.DirFS(args[0]))
			if err != nil {
				return err
			}
			return t.print(r, func(w io.Writer) { fmt.Fprintf(w, "%+v\n", r) })
		},
	}
}
