package shell

import (
	"os"
	"syscall"
	"time"
)

// How long a program that the system asked to end may take: until its window
// goes in any case, and until it ends whatever still waits.
const (
	endSoft = 5 * time.Second
	endHard = 10 * time.Second
)

// endings are the signals by which a system asks a program to end.
func endings() []os.Signal { return []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} }

// endWhenAsked ends the program on a signal as Quit does, without a question:
// there may be nobody to answer. What hangs is cut off in the end, and by a
// second signal, so that no study stays locked.
func (s *Shell) endWhenAsked(asked <-chan os.Signal, exit func(code int)) {
	<-asked
	time.AfterFunc(endSoft, func() { s.runner.Apply(s.app.Quit) })
	time.AfterFunc(endHard, func() { exit(1) })
	s.runner.Apply(s.end)
	<-asked
	exit(1)
}

// endQuestions answers what still waits for a person, for whom it is too late.
func (s *Shell) endQuestions() { s.unasked.Do(func() { close(s.closing) }) }

// windowGone ends what belongs to a window that has closed, whatever closed it:
// work that waits for an answer would wait for ever and hold the study.
func (s *Shell) windowGone() {
	s.gone.Store(true)
	s.endQuestions()
	s.stopState()
}
