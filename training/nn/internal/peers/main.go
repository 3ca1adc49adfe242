// Command peers times a training step of this project beside scikit-learn and
// PyTorch, in turns, per second of processor time, and prints a table.
package main

import (
	"bufio"
	_ "embed"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"onset/training/nn"
	"onset/training/nn/internal/yardstick"
)

//go:embed peers.py
var script string

func main() {
	rounds := flag.Int("rounds", 7, "how often each is timed")
	python := flag.String("python", "/usr/bin/python3", "interpreter that has scikit-learn and PyTorch, if any has")
	flag.Parse()
	if err := run(os.Stdout, *python, *rounds); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

// runner gives examples per CPU second, 0 when it isn't installed.
type runner struct {
	name  string
	speed func() (float64, error)
	all   []float64
}

func run(out io.Writer, python string, rounds int) error {
	peers, err := startPeers(python)
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers: going on alone:", err)
		peers = nil
	}
	defer peers.stop()
	groups := map[string][]*runner{}
	for _, kind := range []string{"mlp", "cnn"} {
		for _, kernel := range nn.Kernels() {
			groups[kind] = append(groups[kind], &runner{name: kernel, speed: own(kind, kernel)})
		}
	}
	for _, p := range []string{"sklearn mlp", "torch mlp", "torch cnn"} {
		kind := p[len(p)-3:]
		groups[kind] = append(groups[kind], &runner{name: strings.TrimSuffix(p, " "+kind), speed: func() (float64, error) { return peers.ask(p) }})
	}
	for range rounds {
		for _, kind := range []string{"mlp", "cnn"} {
			for _, r := range groups[kind] {
				v, err := r.speed()
				if err != nil {
					return err
				}
				r.all = append(r.all, v)
			}
		}
	}
	return table(out, groups)
}

func table(out io.Writer, groups map[string][]*runner) error {
	peak := yardstick.Peak()
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "training step, batch 64, Adam, one thread; FMA peak %.0f GF/s\n", peak/1e9)
	fmt.Fprintln(w, "net\tby\texamples per CPU second: median\tlowest\thighest\t% of peak\tof the first")
	for _, kind := range []string{"mlp", "cnn"} {
		first := 0.0
		for _, r := range groups[kind] {
			slices.Sort(r.all)
			median := r.all[len(r.all)/2]
			if first == 0 {
				first = median
			}
			if median == 0 {
				fmt.Fprintf(w, "%s\t%s\tnot installed\n", kind, r.name)
				continue
			}
			part := "-"
			if peak > 0 {
				part = fmt.Sprintf("%.0f", 100*median*flops[kind]/peak)
			}
			fmt.Fprintf(w, "%s\t%s\t%.0f\t%.0f\t%.0f\t%s\t%.2f\n", kind, r.name, median, r.all[0], r.all[len(r.all)-1], part, median/first)
		}
	}
	return w.Flush()
}

var texts = map[string]string{
	"mlp": "dense 250 relu / dropout 0.2 / dense 100 relu / dropout 0.2 / dense 20 softmax",
	"cnn": "conv 32 k5 relu / conv 64 k5 relu / global mean / dense 20 softmax",
}

// flops are those of an example's matrix products: three per layer, but for
// the gradient of the input.
var flops = map[string]float64{
	"mlp": 2 * (3*(600*250+250*100+100*20) - 600*250),
	"cnn": 2 * (3*(100*32*30+100*64*160+64*20) - 100*32*30),
}

// own prepares a training of this project's nets with a kernel.
func own(kind, kernel string) func() (float64, error) {
	const n, batch = 1920, 64
	var t *nn.Trainer
	x, y := make([]float32, n*600), make([]int, n)
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	for i := range y {
		y[i] = rng.IntN(20)
	}
	return func() (float64, error) {
		if err := nn.UseKernel(kernel); err != nil {
			return 0, err
		}
		if t == nil {
			spec, err := nn.ParseText(nn.Shape{Channels: 6, Samples: 100}, texts[kind])
			if err != nil {
				return 0, err
			}
			net, err := nn.New(spec, 1)
			if err != nil {
				return 0, err
			}
			if t, err = nn.NewTrainer(net, nn.Optimizer{}, nn.Loss{}, 1); err != nil {
				return 0, err
			}
		}
		start, done := yardstick.CPU(), 0
		for (yardstick.CPU() - start).Seconds() < 0.4 {
			for i := 0; i < n; i += batch {
				if _, _, err := t.Step(x[i*600:(i+batch)*600], y[i:i+batch]); err != nil {
					return 0, err
				}
			}
			done += n
		}
		return float64(done) / (yardstick.CPU() - start).Seconds(), nil
	}
}

// worker is the Python program, one line in, one line out.
type worker struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func startPeers(python string) (*worker, error) {
	cmd := exec.Command(python, "-c", script)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", python, err)
	}
	return &worker{cmd, in, bufio.NewReader(out)}, nil
}

// ask gives the speed of a peer, 0 when it isn't installed.
func (w *worker) ask(name string) (float64, error) {
	if w == nil {
		return 0, nil
	}
	if _, err := fmt.Fprintln(w.in, name); err != nil {
		return 0, fmt.Errorf("asking for %s: %w", name, err)
	}
	line, err := w.out.ReadString('\n')
	if err != nil {
		return 0, fmt.Errorf("waiting for %s: %w", name, err)
	}
	if line = strings.TrimSpace(line); line == "absent" {
		return 0, nil
	}
	return strconv.ParseFloat(line, 64)
}

func (w *worker) stop() {
	if w == nil {
		return
	}
	w.in.Close()
	_ = w.cmd.Wait()
}
