package shell

import (
	"context"

	"fyne.io/fyne/v2/lang"

	"onset/dataset"
	"onset/views/people"
	"onset/views/room"
	"onset/views/task"
)

func (s *Shell) makePeople() room.Room {
	p := people.New(s.bench, people.Actions{
		Ask:     s.ask,
		Confirm: s.confirm,
		Settle:  s.confirmOr,
		Choose: func(title, hint string, rows [][2]string, yes string, take func(int)) {
			list := make([]choiceRow, len(rows))
			for i, r := range rows {
				list[i] = choiceRow{head: r[0], text: r[1]}
			}
			s.choose(title, hint, list, yes, lang.L("Cancel"), take)
		},
		Names:    func() bool { return s.keys.open() },
		PickFile: func(done func(string)) { s.pickFile(lang.L("Read a participant sheet"), []string{".csv"}, done) },
		AskSave: func(done func(string)) {
			s.askSave(lang.L("Write the participant sheet"), lang.L("Codes and fields as a table (CSV). It must not exist yet."), "participants", ".csv", lang.L("Write"), done)
		},
		Clear: func() func(context.Context, string) error {
			keys := s.keys
			return func(ctx context.Context, path string) error { return keys.clear(ctx, s.bench, path) }
		},
		Withdraw: s.withdraw,
		Error:    s.showError,
		Focus:    s.window.Canvas().Focus,
		Key:      s.globalKey,
	}, s.runner)
	reload := task.NewCoalescer(s.runner, func(struct{}) {
		if s.front() == room.Room(p) { // it reads them anew when it is shown
			p.Reload()
		}
	})
	s.leaving = append(s.leaving, s.bench.Signals.Sessions.Subscribe(reload.Put),
		s.bench.Signals.Labels.Subscribe(func(dataset.SessionID) { reload.Put(struct{}{}) }))
	return p
}
