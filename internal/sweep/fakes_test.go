package sweep_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
	"github.com/procpac/procpac/internal/sweep"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const company = erp.ID(1357908642)

// noon is a moment in the middle of a six hour bucket.
var noon = time.Date(2026, 12, 9, 15, 0, 0, 0, time.UTC)

// world is everything a sweep meets, in memory.
type world struct {
	now        time.Time
	deliveries []erp.Delivery
	requests   []erp.Request
	effects    []journal.Effect
	answered   map[erp.ID]bool

	// What fails, and after how many rows.
	deliveriesErr, requestsErr, stuckErr, loadErr, answeredErr, busErr error
	busAfter                                                           int

	since  []time.Time // what was asked for
	before time.Time
	stored map[string]erp.Event // the bus
	told   []sweep.Progress
}

func newWorld() *world {
	return &world{now: noon, answered: map[erp.ID]bool{}, stored: map[string]erp.Event{}}
}

// sequence yields rows and then err, if there is one.
func sequence[T any](rows []T, err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
		if err != nil {
			var none T
			yield(none, err)
		}
	}
}

func (w *world) Deliveries(_ context.Context, since time.Time) iter.Seq2[erp.Delivery, error] {
	w.since = append(w.since, since)
	return sequence(w.deliveries, w.deliveriesErr)
}

func (w *world) Requests(_ context.Context, since time.Time) iter.Seq2[erp.Request, error] {
	w.since = append(w.since, since)
	return sequence(w.requests, w.requestsErr)
}

func (w *world) Load(_ context.Context, key journal.Key) (journal.Effect, error) {
	for _, e := range w.effects {
		if e.Key == key {
			return e, w.loadErr
		}
	}
	return journal.Effect{Key: key}, w.loadErr
}

// Stuck lists every effect: whether one really is stuck the journal says.
func (w *world) Stuck(_ context.Context, _ string, before time.Time) iter.Seq2[journal.Key, error] {
	w.before = before
	var keys []journal.Key
	for _, e := range w.effects {
		keys = append(keys, e.Key)
	}
	return sequence(keys, w.stuckErr)
}

func (w *world) Answered(_ context.Context, connection string, request erp.ID) (bool, error) {
	if connection != "acme" {
		return false, errors.New("asked for another connection")
	}
	return w.answered[request], w.answeredErr
}

func (w *world) Publish(ctx context.Context, e erp.Event) error {
	_, err := w.Store(ctx, e)
	return err
}

func (w *world) Store(_ context.Context, e erp.Event) (bool, error) {
	if w.busErr != nil && len(w.stored) >= w.busAfter {
		return false, w.busErr
	}
	_, there := w.stored[e.ID]
	if !there {
		w.stored[e.ID] = e
	}
	return there, nil
}

// plain hides the methods that Bus and Live need not have.
type (
	plainBus  struct{ sweep.Bus }
	plainLive struct{ sweep.Live }
)

func (w *world) config() sweep.Config {
	return sweep.Config{
		Connection: "acme", Company: company, Procore: w, Journal: w, Live: w, Bus: w, Now: func() time.Time { return w.now },
	}
}

func (w *world) options() sweep.Options {
	return sweep.Options{Since: w.now.Add(-26 * time.Hour), Actor: "pat", Progress: func(p sweep.Progress) { w.told = append(w.told, p) }}
}

// swept sweeps once with a new sweeper, without an error.
func (w *world) swept(t *testing.T, change ...func(*sweep.Config)) sweep.Report {
	t.Helper()
	c := w.config()
	for _, f := range change {
		f(&c)
	}
	return again(t, sweep.New(c), w.options())
}

func again(t *testing.T, s *sweep.Sweeper, o sweep.Options) sweep.Report {
	t.Helper()
	r, err := s.Sweep(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// delivery is a webhook for a request that Procore threw away an hour ago.
func delivery(id string, request erp.ID) erp.Delivery {
	return erp.Delivery{ID: "d-" + id, Hook: 15001, State: erp.DeliveryDiscarded, At: noon.Add(-time.Hour), Event: erp.Event{
		ID: id, Resource: "ERP Requests", ResourceID: request, Action: "create", Company: company, User: 5501, At: noon.Add(-13 * time.Hour),
		Body: []byte(`{"id":"` + id + `"}`),
	}}
}

func request(id erp.ID, created time.Time) erp.Request {
	return erp.Request{ID: id, Company: company, Name: "create_commitment", CreatedAt: created.Format(time.RFC3339)}
}

// effect is one that was touched so long ago.
func effect(id erp.ID, state journal.State, ago time.Duration) journal.Effect {
	return journal.Effect{
		Key: journal.NewKey("acme", journal.KindCommitment, id), Seq: 40 + uint64(id), State: state, At: noon.Add(-ago),
		Request: 1000 + int64(id), Company: int64(company), Plan: journal.Plan{Title: fmt.Sprintf("Commitment %d", id)},
	}
}

// counts are the counts of a report in one line.
func counts(r sweep.Report) string {
	return fmt.Sprintf("read %d enqueued %d known %d listed %d lines %d warnings %d", r.Read, r.Enqueued, r.Known, r.Listed, len(r.Lines), len(r.Warnings))
}

func wantCounts(t *testing.T, r sweep.Report, want string) {
	t.Helper()
	if got := counts(r); got != want {
		t.Errorf("got  %s\nwant %s\n%+v", got, want, r)
	}
}
