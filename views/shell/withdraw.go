package shell

import (
	"context"
	"errors"
	"path/filepath"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"

	"onset/app"
	"onset/dataset"
	"onset/dataset/privacy"
	"onset/views/parts"
	"onset/views/task"
	"onset/views/words"
)

// withdraw removes a participant as a job, once nothing waits to become durable.
// While a key file is open it is taken in hand before, so that the names go, too:
// nothing is removed when it is not there or can not be written.
func (s *Shell) withdraw(id dataset.ParticipantID, done func(v dataset.Withdrawal, ok bool)) {
	s.settled(func() {
		k := s.keys
		if !k.open() {
			s.withdrawWith(id, nil, done)
			return
		}
		if s.keysInUse() {
			done(dataset.Withdrawal{}, false)
			return
		}
		var book *privacy.Book
		task.Do(s.runner, func(context.Context) (err error) {
			book, err = s.bench.ReopenKeys(k.path, k.passphrase)
			return err
		}, func(err error) {
			if err == nil {
				s.withdrawWith(id, book, done)
				return
			}
			s.withoutKeys(id, k, err, done)
		})
	})
}

// withoutKeys says that the key file can not be reached, and asks whether to
// withdraw without it.
func (s *Shell) withoutKeys(id dataset.ParticipantID, k keyFile, why error, done func(v dataset.Withdrawal, ok bool)) {
	code := map[string]any{"Code": id, "Name": filepath.Base(k.path), "Path": k.path, "Why": app.Explain(why).What}
	text := lang.L("The open key file {{.Name}} can not be reached, so their names would stay in it: {{.Why}}.\n\nIt should be at {{.Path}}. Nothing was changed, and {{.Code}} is in the study. Put the key file back and withdraw again; or withdraw without it, and remove the names from it later.", code)
	s.dialogs.show(lang.L("{{.Code}} was not withdrawn", code), text, parts.NewParagraph(text, false), fyne.NewSize(540, 220),
		action{word: lang.L("Leave it at that"), safe: true, primary: true, run: func() { done(dataset.Withdrawal{}, false) }},
		action{word: lang.L("Withdraw without it"), run: func() {
			s.withdrawWith(id, nil, func(v dataset.Withdrawal, ok bool) {
				if done(v, ok); ok {
					s.namesLeft(code)
				}
			})
		}})
}

// namesLeft tells that the names of somebody who withdrew are still in the key
// file, and how they go.
func (s *Shell) namesLeft(code map[string]any) {
	s.showProblem(app.Problem{What: lang.L("{{.Code}} is withdrawn, but their names are still in the key file", code), Where: code["Path"].(string),
		Unharmed: lang.L("The study holds nothing of them any more"),
		Do:       lang.L("Put the key file back, then File > Key file > Remove names… and choose {{.Code}}", code)})
}

// withdrawWith removes a participant from the study and then from the key file,
// which is nil for none and given back.
func (s *Shell) withdrawWith(id dataset.ParticipantID, book *privacy.Book, done func(v dataset.Withdrawal, ok bool)) {
	var out dataset.Withdrawal
	job := s.bench.WithdrawParticipant(id, func(v dataset.Withdrawal, _ error) { out = v }) // read after the job has ended
	s.whenDone(job.ID(), func(end app.JobStatus) {
		gone := end.State == app.JobDone
		if gone && s.session.Participant == id {
			s.session = dataset.SessionSummary{}
			s.refresh()
		}
		if book == nil {
			s.withdrawEnds(end, out, done)
			return
		}
		k := s.keys
		task.Do(s.runner, func(context.Context) (err error) {
			if gone {
				_, err = book.Remove(string(id))
			}
			return errors.Join(err, book.Close())
		}, func(err error) {
			if s.keys.path == k.path {
				s.keys.people = called(book.Keys())
			}
			s.withdrawEnds(end, out, done)
			if err != nil && gone {
				s.namesLeft(map[string]any{"Code": id, "Path": k.path})
			}
		})
	})
}

func (s *Shell) withdrawEnds(end app.JobStatus, out dataset.Withdrawal, done func(v dataset.Withdrawal, ok bool)) {
	done(out, end.State == app.JobDone)
	if end.State != app.JobDone && end.Err != nil {
		s.showError(end.Err)
	}
}

// strangers are the codes of a key file that the study does not have.
type strangers struct {
	rows     []choiceRow
	codes    []string
	withdrew int // people who withdrew from the study
}

// removeNames offers the codes of the open key file that the study does not have,
// such as of people who withdrew while the file was elsewhere, and removes one.
func (s *Shell) removeNames() {
	if s.keysInUse() {
		return
	}
	k := s.keys
	s.status.say(lang.L("Opening the key file…"), false)
	task.Run(s.others, func(ctx context.Context) (strangers, error) { return s.strangersOf(ctx, k) }, func(found strangers, err error) {
		s.status.say("", false)
		if err != nil {
			s.showError(err)
			return
		}
		if len(found.codes) == 0 {
			s.status.say(lang.L("Every code of the key file is of somebody in the study: to remove one, withdraw the person in People"), false)
			return
		}
		hint := lang.L("Codes that the study does not have; {{.People}} from it. A key file may serve another study, too: remove only who withdrew.",
			map[string]any{"People": words.Many(int64(found.withdrew), lang.L("person has withdrawn"), lang.L("people have withdrawn"))})
		s.choose(lang.L("Names of people who withdrew: remove"), hint, found.rows, lang.L("Remove for good"), lang.L("Cancel"), func(i int) { s.removeName(k, found.codes[i]) })
	})
}

func (s *Shell) strangersOf(ctx context.Context, k keyFile) (found strangers, err error) {
	people, err := s.bench.Participants(ctx)
	if err != nil {
		return found, err
	}
	withdrew, err := s.bench.Withdrawals(ctx)
	if err != nil {
		return found, err
	}
	book, err := s.bench.ReopenKeys(k.path, k.passphrase)
	if err != nil {
		return found, err
	}
	have := map[string]bool{}
	for _, p := range people {
		have[string(p.ID)] = true
	}
	found.withdrew = len(withdrew)
	for _, id := range book.Keys().Identities {
		if !have[id.Code] {
			found.codes = append(found.codes, id.Code)
			found.rows = append(found.rows, choiceRow{head: id.Code, text: words.Many(int64(len(id.Identifiers)), lang.L("name or number"), lang.L("names and numbers"))})
		}
	}
	return found, book.Close()
}

func (s *Shell) removeName(k keyFile, code string) {
	var book *privacy.Book
	task.Do(s.runner, func(context.Context) (err error) {
		if book, err = s.bench.ReopenKeys(k.path, k.passphrase); err != nil {
			return err
		}
		_, err = book.Remove(code)
		return errors.Join(err, book.Close())
	}, func(err error) {
		if err != nil {
			s.showError(err)
			return
		}
		if s.keys.path == k.path {
			s.keys.people = called(book.Keys())
		}
		s.status.say(lang.L("Removed from the key file: all names of {{.Code}}", map[string]any{"Code": code}), false)
	})
}
