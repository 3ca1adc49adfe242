package shell

import (
	"log/slog"
	"os"
	"os/signal"

	"fyne.io/fyne/v2"

	"onset/app"
	"onset/views/icon"
	"onset/views/task"
	"onset/views/theme"
	"onset/views/words"
)

// Run shows the window and returns when it is closed.
func Run(program fyne.App, bench *app.Workbench, flags Flags) {
	// The program speaks English. On a system set to another language the toolkit
	// would mix its own words in, and log every one of ours as not translated.
	if err := os.Setenv("LANGUAGE", "en"); err != nil {
		slog.Warn("the toolkit keeps the system's language", "err", err)
	}
	if err := words.LoadPlurals(); err != nil {
		slog.Warn("plural forms are missing", "err", err)
	}
	mode := bench.Preferences().Theme
	if flags.Theme != "" {
		mode = flags.Theme
	}
	program.Settings().SetTheme(theme.New(theme.ParseMode(mode)))
	program.SetIcon(icon.Program())
	w := program.NewWindow("Onset")
	w.SetMaster()
	w.Resize(flags.Size)
	s := New(Options{Bench: bench, App: program, Window: w, Runner: task.Background(), Flags: flags})
	asked := make(chan os.Signal, 2)
	program.Lifecycle().SetOnStarted(func() {
		// The toolkit takes these signals by closing the window at once; here what
		// waits is written first.
		signal.Reset(endings()...)
		signal.Notify(asked, endings()...)
		s.Start()
	})
	go s.endWhenAsked(asked, os.Exit)
	w.ShowAndRun()
	s.windowGone()
}
