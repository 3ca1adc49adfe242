package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"onset/app"
	"onset/dataset"
	"onset/devices"
	"onset/replay"
	"onset/training/nn"
)

func newReplay(t *terminal) *cobra.Command {
	var models []string
	var session, sources, protocol, config, bundle, precision, form string
	var lines, asDevice, shuffle bool
	var disturb string
	var seed uint64
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
an export without this session would make.

A source without evidence, or with no exercise above all others, gives no answer:
it counts as not right, and is counted apart.

--disturb late=0.1,repeat=0.05,order=0.1,drop=0.02,jump=30s spoils the packets on
their way (with --seed N others), to see that decisions stay sane and every fault
is told of: "made" and "logged" under "disturbed" must agree. The shares are
chances of a packet; a fault leaves the three packets after it alone.`,
		Args: words(1, 1, "one study file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Sources = splitList(sources)
			if disturb != "" {
				d, err := replay.ParseDisturbance(disturb, seed)
				if err != nil {
					return usagef("--disturb: %v", err)
				}
				if o.Disturb = d; protocol != "" || bundle != "" || asDevice {
					return usagef("--disturb is for the replay of one --session with --model")
				}
			} else if cmd.Flags().Changed("seed") {
				return usagef("--seed is for --disturb")
			}
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
				if err := replay.CheckFit(cmd.Context(), s, c, found.ID, o); err != nil {
					return unfit(err)
				}
				p := t.progress()
				o.Observe = showSteps(p)
				r, err := replay.Load(cmd.Context(), s, c, found.ID, o)
				p.end()
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
	cmd.Flags().Float64Var(&o.PacketS, "packet-s", 1, "how many seconds a packet holds; decisions are the same at any size, only when they are known (known_s) differs")
	cmd.Flags().StringVar(&disturb, "disturb", "", "spoil the packets: shares that are late, repeat, order, drop, and a jump of the clock, such as late=0.1,repeat=0.05,order=0.1,drop=0.02,jump=30s")
	cmd.Flags().Uint64Var(&seed, "seed", 0, "with --disturb: another seed, other packets")
	hide(cmd, "disturb", "seed")
	cmd.AddCommand(newScenarios(t))
	return cmd
}

// hide keeps flags that only a check of the program needs out of the help's list;
// the help's text and the guide tell of them.
func hide(cmd *cobra.Command, names ...string) {
	for _, name := range names {
		if err := cmd.Flags().MarkHidden(name); err != nil {
			panic(err) // there is no such flag
		}
	}
}

// unfit says what to do about a session that does not fit.
func unfit(err error) error {
	switch {
	case errors.Is(err, replay.ErrNoLabels):
		return app.WithProblem(err, app.Problem{What: "There is nothing to replay: " + err.Error(), Do: "--at detected decides wherever an onset is found and needs no labels; or label the session first"})
	case errors.Is(err, replay.ErrCannotRun):
		return app.WithProblem(err, app.Problem{What: "The replay was not begun: " + err.Error(), Do: "choose a model of this session's sensors (onsetctl models lists them), or replay without: --sources markov,place"})
	}
	return err
}

// showSteps shows how far a replay is.
func showSteps(p *progress) func(replay.Step, float64, float64) {
	words := map[replay.Step]string{replay.StepLearning: "learning from session %.0f of %.0f", replay.StepFitting: "fitting weights, session %.0f of %.0f held out", replay.StepStreaming: "replaying, %.0f of %.0f s"}
	return func(step replay.Step, done, total float64) {
		p.show(replay.Whole(step, done, total), fmt.Sprintf(words[step], done, total))
	}
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
		answer := answered(d.Fused)
		if d.Fused != "" && d.Truth != "" && d.Truth != d.Fused {
			answer += " (wrong)"
		}
		row := []string{fixed(d.AtS, 2), d.Truth, answer, fixed(d.P, 2)}
		for s := range replay.Sources {
			row = append(row, answered(d.Answer(s)))
		}
		rows = append(rows, row)
	}
	table(w, rows)
	const shown = 12 // of a bad link there may be thousands
	for _, a := range r.Anomalies[:min(shown, len(r.Anomalies))] {
		fmt.Fprintf(w, "%s s, %s: %s\n", fixed(a.AtS, 1), a.Kind, a.Message)
	}
	if more := len(r.Anomalies) - shown; more > 0 {
		fmt.Fprintf(w, "... and %d more anomalies; --json has all.\n", more)
	}
	if x := r.Disturbed; x != nil {
		for _, kind := range slices.Sorted(maps.Keys(x.Made)) {
			fmt.Fprintf(w, "%s: %d made, %d logged\n", kind, x.Made[kind], x.Logged[kind])
		}
	}
	for _, s := range r.Switches {
		fmt.Fprintf(w, "%s s: %s\n", fixed(s.AtS, 1), s.Message)
	}
	a := r.Accuracy
	fmt.Fprintln(w)
	table(w, [][]string{
		{"", "sensor", "order", "place", "memory", "all together", "labelled decisions"},
		{"accuracy", spoken(r, replay.Sensor, a.Sensor), spoken(r, replay.Markov, a.Markov), spoken(r, replay.Place, a.Place), spoken(r, replay.Memory, a.Memory), fixed(a.Fused, 3), strconv.Itoa(r.N)},
		{"no answer", count(r.NoAnswer, "sensor"), count(r.NoAnswer, "markov"), count(r.NoAnswer, "place"), count(r.NoAnswer, "memory"), count(r.NoAnswer, "fused"), ""},
		{"no evidence", count(r.NoEvidence, "sensor"), count(r.NoEvidence, "markov"), count(r.NoEvidence, "place"), count(r.NoEvidence, "memory"), "", ""},
	})
	fmt.Fprintln(w, "No answer (no evidence, or no exercise above all others) counts as not right.")
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

// answered is an answer for a table.
func answered(name string) string {
	if name == "" {
		return "no answer"
	}
	return name
}

// spoken is a source's accuracy, or that it had nothing to go by anywhere.
func spoken(r *replay.Result, s replay.Source, accuracy float64) string {
	if r.N > 0 && r.NoEvidence[s.String()] == r.N {
		return "no evidence"
	}
	return fixed(accuracy, 3)
}

func count(m map[string]int, name string) string { return strconv.Itoa(m[name]) }

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
			return t.print(r, func(w io.Writer) { writeScenarios(w, r) })
		},
	}
}

func writeScenarios(w io.Writer, r replay.ScenarioReport) {
	row := func(what string, right, reference, of int) []string {
		return []string{what, strconv.Itoa(right), strconv.Itoa(reference), strconv.Itoa(of)}
	}
	rows := [][]string{{"predicted before each set", "right", "earlier system", "of"}, row("next exercise", r.Next.Right, r.Reference.NextRight, r.Next.Of),
		row("repetitions and weights", r.Values.Right, r.Reference.ValuesRight, r.Values.Of)}
	for _, name := range slices.Sorted(maps.Keys(r.Quantity)) {
		q := r.Quantity[name]
		rows = append(rows, row("  "+name, q.Right, q.Reference, q.Of))
	}
	table(w, rows)
	fmt.Fprintf(w, "The earlier system's next exercise read literally: %d right. In %d of %d sets the exercise had never been logged before.\n", r.Reference.NextLiteral, r.NeverSeen, r.Sets)
	for _, n := range r.Notes {
		fmt.Fprintln(w, n)
	}
}
