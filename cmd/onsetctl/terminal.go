package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"onset/app"
	"onset/dataset"
	"onset/dataset/codec"
)

// terminal is where a command reads and writes.
type terminal struct {
	in       io.Reader
	out, err io.Writer
	json     bool
	quiet    bool
	began    bool // a command was understood and began to work
}

// usageError is a command line that makes no sense; the exit code is 2.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return usageError{fmt.Sprintf(format, args...)} }

// errReported ends a command with exit code 1 whose result already says why.
var errReported = errors.New("reported in the result")

// errUnread ends a scan with exit code 2: nothing was found, and not all could be
// looked through.
var errUnread = errors.New("not all could be looked through")

// exitCode tells the error, if any, and gives the exit code.
func (t *terminal) exitCode(err error) int {
	_, usage := errors.AsType[usageError](err)
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errReported):
		return exitFailed
	case errors.Is(err, errUnread):
		return exitUnread
	case usage || !t.began: // before a command began, only its words can be wrong
		fmt.Fprintf(t.err, "onsetctl: %s\nTry onsetctl --help.\n", err)
		return exitUsage
	}
	if _, stopped := errors.AsType[*codec.StoppedError](err); errors.Is(err, context.Canceled) && !stopped {
		fmt.Fprintln(t.err, "onsetctl: Cancelled: nothing of it was kept.")
		return exitFailed
	}
	fmt.Fprintf(t.err, "onsetctl: %s\n", app.Explain(err))
	return exitFailed
}

// warnOfSync warns of a study in a folder that a cloud client synchronises.
func (t *terminal) warnOfSync(study string) {
	if client := dataset.SyncedBy(study); client != "" {
		fmt.Fprintf(t.err, "onsetctl: %s synchronises this study's folder and may copy it half written. Keep the study elsewhere; copies hold the same participants, so let your data protection rules say whether one may lie there.\n", client)
	}
}

// print writes a result: as JSON when asked, else as the text that human writes.
func (t *terminal) print(result any, human func(w io.Writer)) error {
	w := bufio.NewWriter(t.out)
	if t.json {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(result); err != nil {
			return fmt.Errorf("writing the result: %w", err)
		}
	} else {
		human(w)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("writing the result: %w", err)
	}
	return nil
}

// agrees asks at the keyboard whether to go on; no where nobody sits.
func (t *terminal) agrees(text string) bool {
	if !isScreen(t.in) || !isScreen(t.err) {
		return false
	}
	fmt.Fprintf(t.err, "%s. Go on all the same? [y/N] ", text)
	line, _ := bufio.NewReader(t.in).ReadString('\n')
	return strings.EqualFold(strings.TrimSpace(line), "y") || strings.EqualFold(strings.TrimSpace(line), "yes")
}

// table writes rows of cells in aligned columns, the first row as a heading.
func table(w io.Writer, rows [][]string) {
	tw := tabwriter.NewWriter(w, 0, 8, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(tw, strings.Join(row, "\t"))
	}
	_ = tw.Flush() // w keeps its own error
}

// progress shows how far a work is on standard error, at most twice a second on
// a screen and every ten seconds in a log.
type progress struct {
	w        io.Writer
	screen   bool
	started  time.Time
	last     time.Time
	written  int
	interval time.Duration
	estimate pace
}

// pace tells how long a work takes in all, once two estimates in a row agree: the
// first steps may be far slower or faster than the rest.
type pace struct {
	total  time.Duration // by the estimate before
	stable bool
}

// Bounds of a stable estimate.
const (
	leastPace  = 5 * time.Second
	leastShare = 0.03
	paceAgrees = 0.25 // two totals differ by no more than this share
)

// left is how long it takes on; false while that can not be told.
func (p *pace) left(elapsed time.Duration, fraction float64) (time.Duration, bool) {
	if elapsed < leastPace || fraction < leastShare || fraction >= 1 {
		return 0, false
	}
	total := time.Duration(float64(elapsed) / fraction)
	apart := total - p.total
	p.stable = p.total > 0 && apart.Abs() <= time.Duration(paceAgrees*float64(total))
	p.total = total
	return total - elapsed, p.stable
}

func (t *terminal) progress() *progress {
	p := &progress{w: t.err, started: time.Now(), interval: 10 * time.Second}
	if t.quiet {
		p.w = io.Discard
	}
	if isScreen(t.err) {
		p.screen, p.interval = true, 500*time.Millisecond
	}
	p.last = p.started
	return p
}

// show says what is being done; fraction below 0 is an unknown amount.
func (p *progress) show(fraction float64, what string) {
	now := time.Now()
	if now.Sub(p.last) < p.interval {
		return
	}
	p.last = now
	line := what
	if fraction >= 0 {
		line = fmt.Sprintf("%3.0f %%  %s", 100*fraction, what)
		if left, ok := p.estimate.left(now.Sub(p.started), fraction); ok {
			line += fmt.Sprintf("  (about %s left)", left.Round(time.Second))
		}
	}
	if !p.screen {
		fmt.Fprintln(p.w, line)
		return
	}
	pad := max(p.written-len(line), 0)
	fmt.Fprintf(p.w, "\r%s%s", line, strings.Repeat(" ", pad))
	p.written = len(line)
}

// end clears the line that show left on a screen.
func (p *progress) end() {
	if p.screen && p.written > 0 {
		fmt.Fprintf(p.w, "\r%s\r", strings.Repeat(" ", p.written))
	}
}

// args checks the number of words after a command; most < 0 is any number.
func words(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < least || most >= 0 && len(args) > most {
			return usagef("%s needs %s", cmd.CommandPath(), what)
		}
		return nil
	}
}
