package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/spf13/cobra"

	"onset/dataset"
	"onset/dataset/codec"
	"onset/devices/sync/archive"
	"onset/devices/sync/inbox"
	"onset/devices/sync/server"
	"onset/devices/sync/store"
	"onset/labeling"
)

func newServeRun(t *terminal) *cobra.Command {
	var listen, ops, study string
	var mdns bool
	var whose personFlags
	cmd := &cobra.Command{
		Use: "run --store DIR", Short: "Serve devices until stopped", Args: words(0, 0, "no words beside its flags"),
		Long: `Serve devices until the process is told to stop (SIGTERM, SIGINT); requests under
way are finished first. The addresses go to standard output, what happens to
standard error as lines of JSON, which name no address, device or session of an
upload.

With --import-into every received session is imported into that study at once;
otherwise it waits for serve inbox import. A session does not say whose it is, so
--participant or --answer participant=new must.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withStore(cmd, func(ctx context.Context, s *store.Store, set server.Settings) error {
				if listen != "" {
					set.Listen = listen
				}
				if ops != "" {
					set.Ops = ops
				}
				set.Mdns = set.Mdns || mdns
				o, err := whose.options(t)
				if err != nil {
					return err
				}
				return serve(ctx, t, s, set, study, o)
			})
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "", "address to serve devices on (default: that of the settings)")
	cmd.Flags().StringVar(&ops, "ops", "", "loopback address for metrics and profiles (default: that of the settings)")
	cmd.Flags().StringVar(&study, "import-into", "", "import received sessions into this study at once")
	whose.add(cmd)
	cmd.Flags().BoolVar(&mdns, "mdns", false, "announce the server on the local network")
	return cmd
}

// serve runs a server until ctx ends.
func serve(ctx context.Context, t *terminal, s *store.Store, set server.Settings, study string, o codec.Options) (err error) {
	if err := server.CheckOps(set.Ops); err != nil {
		return err
	}
	release, err := server.Hold(s.Dir(), time.Now())
	if err != nil {
		return err
	}
	defer release()
	log := slog.New(slog.NewJSONHandler(t.err, nil))
	imports := newImporter(ctx, s, study, o, log)
	defer imports.wait()
	v, err := server.New(s, server.Options{Settings: set, Log: log, Received: imports.received})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", set.Listen)
	if err != nil {
		return fmt.Errorf("listening for devices: %w", err)
	}
	opsListener, err := net.Listen("tcp", set.Ops)
	if err != nil {
		return errors.Join(fmt.Errorf("listening for metrics: %w", err), l.Close())
	}
	forget, err := server.NoteListening(s.Dir(), l.Addr())
	if err != nil {
		return errors.Join(err, l.Close(), opsListener.Close())
	}
	defer forget()
	silence, err := server.Announce(l.Addr(), set)
	if err != nil {
		log.Warn("not announced on the network", "error", err)
	}
	defer silence()
	about := map[string]string{"address": l.Addr().String(), "pin": v.Pin().String(), "ops": opsListener.Addr().String(), "store": s.Dir()}
	err = t.print(about, func(w io.Writer) {
		fmt.Fprintf(w, "Serving %s on %s, key %s.\nMetrics on http://%s/metrics.\n", s.Dir(), about["address"], about["pin"], about["ops"])
	})
	if err != nil {
		return errors.Join(err, l.Close(), opsListener.Close())
	}
	both, stop := context.WithCancel(ctx)
	defer stop()
	opsDone := make(chan error, 1)
	go func() {
		err := v.ServeOps(both, opsListener)
		stop() // without metrics nobody would notice trouble
		opsDone <- err
	}()
	err = v.Serve(both, l)
	stop()
	log.Info("stopped")
	return errors.Join(err, <-opsDone)
}

// importer brings received sessions into a study, one after another.
type importer struct {
	queue chan string
	done  chan struct{}
}

func newImporter(ctx context.Context, s *store.Store, study string, o codec.Options, log *slog.Logger) *importer {
	i := &importer{done: make(chan struct{})}
	if study == "" {
		close(i.done)
		return i
	}
	i.queue = make(chan string, 1024)
	work := context.WithoutCancel(ctx) // what was received before the stop is brought in
	go func() {
		defer close(i.done)
		for id := range i.queue {
			err := withStudy(work, study, false, func(d *dataset.Study) error {
				_, err := inbox.Import(work, s, d, id, archive.DefaultLimits(), o)
				return err
			})
			if err != nil {
				log.Warn("a received session was not imported and waits in the inbox", "error", err)
			}
		}
	}()
	return i
}

// received queues a session. What finds no place waits in the inbox.
func (i *importer) received(id string) {
	if i.queue == nil {
		return
	}
	select {
	case i.queue <- id:
	default:
	}
}

// wait brings in what is queued; the server has stopped.
func (i *importer) wait() {
	if i.queue != nil {
		close(i.queue)
	}
	<-i.done
}

// personFlags say whose received sessions are.
type personFlags struct {
	participant string
	answers     []string
}

func (p *personFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.participant, "participant", "", "the study code of the person whose sessions they are, such as P07")
	cmd.Flags().StringArrayVar(&p.answers, "answer", nil, "settle what a session leaves open: TOPIC=CHOICE, may be repeated")
}

// options read a received session as onsetctl import reads a file.
func (p *personFlags) options(t *terminal) (codec.Options, error) {
	given, err := parseAnswers(p.answers)
	if err != nil {
		return codec.Options{}, err
	}
	return codec.Options{Participant: dataset.ParticipantID(p.participant), Resolve: labeling.DefaultCatalogue().Resolve, Ask: t.asker(given)}, nil
}
