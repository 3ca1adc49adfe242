package shell

import (
	"context"
	"os"
	"syscall"
	"testing"
	"time"

	"onset/app"
	"onset/dataset"
	"onset/dataset/codec"
)

// An import that asks whose a recording is holds the study; a window that goes
// by whatever way must give it free.
func TestAnOpenQuestionDoesNotKeepTheStudy(t *testing.T) {
	for name, leave := range map[string]func(s *stand){
		"the window is gone": func(s *stand) { s.windowGone() },
		"a signal asks": func(s *stand) {
			asked := make(chan os.Signal, 1)
			go s.endWhenAsked(asked, func(int) { t.Error("it had to be cut off") })
			asked <- syscall.SIGTERM
			s.until("the window has closed", s.gone.Load)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStand(t, Flags{})
			path := s.create("Asked")
			s.bench.Jobs().Start(context.Background(), "Import", func(context.Context, *app.Task) error {
				_, err := s.askQuestion(codec.Question{Source: "a.csv", Topic: codec.TopicParticipant, Text: "Whose recording is this?",
					Choices: []codec.Choice{{Key: codec.NewParticipant, Text: "Somebody new"}}}, nil)
				return err
			})
			s.until("it is asked whose it is", func() bool { return s.dialogs.top() != nil })
			leave(s)
			closed := make(chan error, 1)
			go func() { closed <- s.bench.Close() }()
			select {
			case err := <-closed:
				if err != nil {
					t.Fatal(err)
				}
			case <-time.After(20 * time.Second):
				s.endQuestions()
				t.Fatal("the study stays open for an answer that nobody gives")
			}
			free, err := dataset.Open(t.Context(), path, dataset.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if err := free.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestASecondSignalEndsAtOnce(t *testing.T) {
	s := newStand(t, Flags{})
	asked, code := make(chan os.Signal, 2), make(chan int, 1)
	asked <- syscall.SIGINT
	asked <- syscall.SIGINT
	go s.endWhenAsked(asked, func(c int) { code <- c })
	if got := <-code; got == 0 {
		t.Error("cut off as if all had gone well")
	}
}
