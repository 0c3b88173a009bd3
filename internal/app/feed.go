package app

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/natsbus"
	"github.com/procpac/procpac/internal/notify"
	"github.com/procpac/procpac/internal/sqlview"
)

// project feeds the projection until ctx ends. Streams that end before what was
// seen of them are not the ones it was built from: it is built anew.
func project(ctx context.Context, bus *natsbus.Bus, v *sqlview.View, log zerolog.Logger) error {
	for {
		err := projectOn(ctx, bus, v, log)
		if !errors.Is(err, natsbus.ErrRewound) {
			return err
		}
		log.Error().Err(err).Msg("the projection knows more than the streams: it is built anew")
		if err := v.Clear(ctx); err != nil {
			return err
		}
	}
}

// projectOn feeds from where the projection is.
func projectOn(ctx context.Context, bus *natsbus.Bus, v *sqlview.View, log zerolog.Logger) error {
	at, err := v.Position(ctx)
	if err != nil {
		return err
	}
	return bus.Tail(ctx, natsbus.TailOptions{EventsFrom: at.Events + 1, JournalFrom: at.Journal + 1},
		func(ctx context.Context, entries []natsbus.Entry) error {
			err := v.Feed(ctx, batch(entries, log))
			if errors.Is(err, journal.ErrIllegal) {
				log.Error().Err(err).Msg("the journal holds a move that the state machine does not have")
				err = nil
			}
			pause(ctx, gatherFor)
			return err
		})
}

// gatherFor is how far the projection may lag on purpose, so that entries come
// together: an effect that moves several times meanwhile is stored once.
const gatherFor = 25 * time.Millisecond

// batch sorts entries for the projection. Gaps and unreadable entries are
// logged: they are a person's matter, and the feed goes on.
func batch(entries []natsbus.Entry, log zerolog.Logger) sqlview.Batch {
	var b sqlview.Batch
	for _, e := range entries {
		switch e.Kind {
		case natsbus.EventEntry:
			b.Events = append(b.Events, sqlview.Event{Seq: e.Seq, Event: e.Event})
		case natsbus.RecordEntry:
			b.Records = append(b.Records, sqlview.Record{Seq: e.Seq, Key: e.Key, Record: e.Record})
		case natsbus.GapEntry:
			if !e.Aged {
				log.Error().Uint64("from", e.Seq).Uint64("missing", e.Missing).Bool("journal", e.Journal).Msg("the store has lost messages")
			}
		case natsbus.BadEntry:
			log.Error().Err(e.Err).Uint64("seq", e.Seq).Bool("journal", e.Journal).Msg("a stored message cannot be read")
		}
		end := e.Seq + max(e.Missing, 1) - 1
		if e.Journal {
			b.To.Journal = max(b.To.Journal, end)
		} else {
			b.To.Events = max(b.To.Events, end)
		}
	}
	return b
}

// newNotifier makes the notifier of the configuration; nil when nobody is to
// be told.
func newNotifier(c config.Notify, log zerolog.Logger, now func() time.Time) (*notify.Notifier, func(), error) {
	var channels []notify.Channel
	closing := func() {}
	if c.WebhookURL.Set() {
		hook, err := notify.NewWebhook(c.WebhookURL.Reveal())
		if err != nil {
			return nil, nil, setup(err, "%v", err)
		}
		channels, closing = append(channels, hook), hook.Close
	}
	if c.SMTP.Host != "" {
		mail, err := notify.NewMail(notify.MailOptions{
			Host: c.SMTP.Host, Port: c.SMTP.Port, User: c.SMTP.User, Password: c.SMTP.Password.Reveal(), From: c.SMTP.From, To: c.SMTP.To, TLS: c.SMTP.TLS,
		})
		if err != nil {
			return nil, nil, setup(err, "%v", err)
		}
		channels = append(channels, mail)
	}
	if len(channels) == 0 {
		return nil, closing, nil
	}
	return notify.New(notify.Options{Channels: channels, On: c.On, Digest: c.Digest.Std(), Log: log, Now: now}), closing, nil
}

// tell feeds the notifier from the journal until ctx ends. It remembers how far
// everything was delivered, so a restart repeats rather than forgets; the first
// start, and a journal that ends before that, begin with what comes then.
func tell(ctx context.Context, bus *natsbus.Bus, n *notify.Notifier, dir string, log zerolog.Logger) error {
	mark := bookmark{path: filepath.Join(dir, "notified"), log: log}
	for {
		err := tellOn(ctx, bus, n, mark)
		if !errors.Is(err, natsbus.ErrRewound) {
			return err
		}
		log.Error().Err(err).Msg("people were told more than the journal holds: going on with what comes now")
		mark.forget()
	}
}

// tellOn tells from the bookmark on.
func tellOn(ctx context.Context, bus *natsbus.Bus, n *notify.Notifier, mark bookmark) error {
	events, last, err := bus.Ends(ctx)
	if err != nil {
		return err
	}
	from, err := mark.read()
	if err != nil {
		from = last
		mark.write(from)
	}
	known := map[journal.Key]journal.Plan{}
	return bus.Tail(ctx, natsbus.TailOptions{EventsFrom: events + 1, JournalFrom: from + 1}, func(_ context.Context, entries []natsbus.Entry) error {
		var notes []notify.Note
		last := uint64(0)
		for _, e := range entries {
			if e.Journal {
				last = max(last, e.Seq)
			}
			switch e.Kind {
			case natsbus.RecordEntry:
				notes = append(notes, notesOf(e, known)...)
			case natsbus.RegisterEntry:
				notes = append(notes, alarmsOf(e)...)
			}
		}
		if last > 0 {
			n.Tell(notes, func() { mark.write(last) })
		}
		return nil
	})
}

// alarmsOf tells people that safe mode is on.
func alarmsOf(e natsbus.Entry) []notify.Note {
	safe := e.Register.Safe
	if safe == nil || !safe.On {
		return nil
	}
	reason := "something is wrong with the stored history"
	if len(safe.Findings) > 0 {
		reason = safe.Findings[0].Words
	}
	return []notify.Note{{On: notify.SafeMode, Reason: reason + " Nothing is created in Jobpac until a person has audited and released it.", At: safe.Since}}
}

// notesOf finds what a record has to tell; known keeps the plans of effects
// that are under way.
func notesOf(e natsbus.Entry, known map[journal.Key]journal.Plan) []notify.Note {
	if e.Record.Plan != nil {
		known[e.Key] = *e.Record.Plan
	}
	plan := known[e.Key]
	var notes []notify.Note
	for _, m := range e.Record.Moves {
		switch m.To {
		case journal.Parked, journal.Rejected, journal.Dead:
			notes = append(notes, notify.Note{
				On: string(m.To), Connection: e.Key.Connection, Effect: e.Key.String(), Title: plan.Title, Number: plan.Number, Reason: m.Reason, At: e.Record.At,
			})
		}
		if m.To.Terminal() {
			delete(known, e.Key)
		}
	}
	return notes
}

// bookmark is a number in a file, replaced as a whole.
type bookmark struct {
	path string
	log  zerolog.Logger
}

func (b bookmark) read() (uint64, error) {
	text, err := os.ReadFile(b.path)
	if err != nil {
		return 0, err
	}
	var at uint64
	return at, json.Unmarshal(text, &at)
}

// forget makes the next start begin with what comes then.
func (b bookmark) forget() {
	if err := os.Remove(b.path); err != nil {
		b.log.Warn().Err(err).Msg("how far people were told could not be forgotten")
	}
}

// write replaces the number. A failure costs a repeated message, so it is
// logged and no more.
func (b bookmark) write(at uint64) {
	err := os.WriteFile(b.path+".new", []byte(strconv.FormatUint(at, 10)), 0o600)
	if err == nil {
		err = os.Rename(b.path+".new", b.path)
	}
	if err != nil {
		b.log.Warn().Err(err).Msg("how far people were told could not be noted; a message may come twice")
	}
}
