package e2e

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/procpac/procpac/internal/app"
	"github.com/procpac/procpac/internal/config"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/ops"
	"github.com/procpac/procpac/internal/opsapi"
)

// system is one app.Serve in this process.
type system struct {
	*world
	webhooks string
	api      *opsapi.Client
	log      *log
	cancel   context.CancelFunc
	ended    chan error
}

// serve starts procpac and lets Procore's webhooks through to it, if it takes
// any. It is stopped at the end of the test at the latest.
func (w *world) serve(cfg *config.Config, roles ...string) *system {
	w.t.Helper()
	s, err := w.tryServe(cfg, roles...)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// tryServe is serve for one that may not start; then err is why.
func (w *world) tryServe(cfg *config.Config, roles ...string) (*system, error) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(w.t.Context()))
	s := &system{world: w, log: w.newLog(), cancel: cancel, ended: make(chan error, 1)}
	ready := make(chan [2]string, 1)
	logger := zerolog.New(s.log).Level(zerolog.DebugLevel).With().Timestamp().Logger()
	go func() {
		s.ended <- app.Serve(ctx, app.ServeOptions{
			Config: cfg, Roles: roles, Log: logger, Version: "e2e",
			Ready: func(webhooks, operator string) { ready <- [2]string{webhooks, operator} },
		})
	}()
	var at [2]string
	select {
	case err := <-s.ended:
		cancel()
		return nil, errors.Join(errors.New("it did not start"), err)
	case at = <-ready:
	}
	w.t.Cleanup(s.stop)
	client, err := opsapi.NewClient("http://"+at[1], apiToken)
	if err != nil {
		w.t.Fatal(err)
	}
	s.api = client
	if s.webhooks = at[0]; s.webhooks != "" {
		w.gate.open(s.webhooks)
	}
	return s, nil
}

// stop ends procpac in order and waits for it. Later calls do nothing.
func (s *system) stop() {
	if s.cancel == nil {
		return
	}
	if s.webhooks != "" {
		s.gate.shut()
	}
	s.api.Close()
	s.cancel()
	s.cancel = nil
	if err := <-s.ended; err != nil {
		s.t.Errorf("serve ended with: %v", err)
	}
}

// start is a world with procpac running and the webhook set up.
func start(t *testing.T, change ...func(*config.Config)) *system {
	t.Helper()
	w := newWorld(t)
	cfg := w.config()
	for _, c := range change {
		c(cfg)
	}
	s := w.serve(cfg)
	w.hook("v4.0")
	return s
}

// unique sets what is known of Jobpac's answer to a second record of one key.
func unique(value string) func(*config.Config) {
	return func(c *config.Config) { c.Connections[0].Jobpac.UniqueDocumentNumber = value }
}

// story is all that is known of an effect; false: nobody has heard of it, or
// the store is away.
func (s *system) story(kind string, id int64) (ops.Story, bool) {
	s.t.Helper()
	return s.storyOf(effectID(kind, id))
}

func (s *system) storyOf(effect string) (ops.Story, bool) {
	s.t.Helper()
	story, err := s.api.Show(s.t.Context(), effect)
	var refused *opsapi.Problem
	if errors.As(err, &refused) && (refused.Status == 404 || refused.Status == 503) {
		return story, false
	}
	if err != nil {
		s.t.Fatalf("%s: %v", effect, err)
	}
	return story, true
}

// until waits until an effect is in a state, and gives its story.
func (s *system) until(kind string, id int64, state journal.State) ops.Story {
	s.t.Helper()
	var story ops.Story
	s.await(effectID(kind, id)+" is "+string(state), func() bool {
		var known bool
		story, known = s.story(kind, id)
		return known && story.Effect.State == string(state)
	})
	return story
}

// settled waits until an effect has ended or waits for a person, and its
// request is closed in Procore; the state must be the one expected.
func (s *system) settled(kind string, id, request int64, want journal.State) ops.Story {
	s.t.Helper()
	var story ops.Story
	s.await(effectID(kind, id)+" is settled and its request closed", func() bool {
		story, _ = s.story(kind, id)
		r, known := s.procore.Request(request)
		closed := known && (r.DetailID == 0 || r.TimesClosed > 0)
		return journal.State(story.Effect.State).Settled() && closed && toldOf(story, request, r.DetailID)
	})
	if story.Effect.State != string(want) {
		s.t.Fatalf("%s is %s, expected %s: %s\n%s", effectID(kind, id), story.Effect.State, want, story.Effect.Reason, s.tail(40))
	}
	return story
}

// toldOf tells whether the journal says that the request was closed.
func toldOf(story ops.Story, request, detail int64) bool {
	return detail == 0 || slices.ContainsFunc(story.History, func(e ops.Entry) bool {
		return e.Record.Closed != nil && e.Record.Closed.Request == request
	})
}

// drained waits until every webhook is delivered and every event stored was
// processed to its end by this system.
func (s *system) drained() {
	s.t.Helper()
	s.idle()
	s.await("every event is processed", func() bool {
		page, err := s.api.Events(s.t.Context(), ops.Query{Limit: 1000})
		if err != nil {
			s.t.Fatal(err)
		}
		health, err := s.api.Health(s.t.Context())
		if err != nil {
			s.t.Fatal(err)
		}
		if health.Lag.Events > 0 {
			return false
		}
		ended := s.log.ended()
		return !slices.ContainsFunc(page.Items, func(e ops.Event) bool { return !ended[e.ID] })
	})
}

// replay puts effects back on the road, as an operator.
func (s *system) replay(ids ...string) []ops.Would {
	s.t.Helper()
	would, err := s.api.Replay(s.t.Context(), ops.Replay{IDs: ids, Actor: "kim"})
	if err != nil {
		s.t.Fatal(err)
	}
	return would
}

func effectID(kind string, id int64) string {
	return journal.Key{Connection: connection, Effect: strings.Join([]string{kind, itoa(id)}, "-")}.String()
}
