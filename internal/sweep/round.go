package sweep

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// errBus is a bus that did not take a hint.
var errBus = errors.New("a hint could not be stored")

// round is one sweep.
type round struct {
	*Sweeper
	options Options
	now     time.Time
	report  Report
	fresh   map[erp.ID]bool // requests hinted in this round
	mute    bool            // the answers could not be read: said once
}

// every is after how many rows progress is told.
const every = 100

// read counts a row of a place. False: the context has ended.
func (r *round) read(ctx context.Context, what string, done *int) bool {
	r.report.Read++
	*done++
	if *done%every == 0 {
		r.progress(what, *done)
	}
	return ctx.Err() == nil
}

func (r *round) progress(what string, done int) {
	if r.options.Progress != nil {
		r.options.Progress(Progress{What: what, Done: done})
	}
}

// ended turns the end of a place into what the sweep says of it.
func (r *round) ended(ctx context.Context, what string, done int, err error) error {
	r.progress(what, done)
	switch {
	case errors.Is(err, erp.ErrNotShown):
		r.warn("Procore does not show its list of %s (%s), so what was missed there is not found this way. Check the permissions of the service account.", what, fault.Said(err))
		return nil
	case err != nil:
		return fmt.Errorf("%s: %w", what, err)
	}
	return ctx.Err()
}

func (r *round) warn(format string, args ...any) {
	r.report.Warnings = append(r.report.Warnings, fmt.Sprintf(format, args...))
}

// early tells whether that moment lies before the go-live; without a moment it
// does not.
func (r *round) early(at time.Time) bool { return !at.IsZero() && at.Before(r.GoLive) }

// list adds a line without putting anything on the bus.
func (r *round) list(l Line) {
	l.Do = DoListed
	r.report.Listed++
	r.report.Lines = append(r.report.Lines, l)
}

// put stores the hint of a line, or says that it would.
func (r *round) put(ctx context.Context, l Line, e erp.Event) error {
	e.Connection, e.Source, e.Actor, e.Received = r.Connection, erp.FromSweep, r.options.Actor, r.now
	l.Event = e.ID
	if r.options.DryRun {
		l.Do = DoWould
		r.fresh[request(e)] = request(e) != 0
		r.report.Listed++
		r.report.Lines = append(r.report.Lines, l)
		return nil
	}
	duplicate, told, err := r.store(ctx, e)
	if err != nil {
		return fmt.Errorf("%w: event %s: %w", errBus, e.ID, err)
	}
	if duplicate {
		r.report.Known++
		return nil
	}
	r.note(l.Source, request(e), told)
	l.Do = DoEnqueued
	r.report.Enqueued++
	r.report.Lines = append(r.report.Lines, l)
	return nil
}

// store puts an event on the bus; told: the bus says whether it is new.
func (r *round) store(ctx context.Context, e erp.Event) (duplicate, told bool, err error) {
	if bus, tells := r.Bus.(storer); tells {
		duplicate, err = bus.Store(ctx, e)
		return duplicate, true, err
	}
	return false, false, r.Bus.Publish(ctx, e)
}

// note remembers that a request was hinted. A delivery that may be an old one
// says nothing of when its hint reached the bus.
func (r *round) note(source string, id erp.ID, told bool) {
	if id == 0 || source == SourceDelivery && !told {
		return
	}
	r.fresh[id], r.hinted[id] = true, r.now
}

// request is the ERP request that a hint asks to be served, 0: none.
func request(e erp.Event) erp.ID {
	if strings.EqualFold(e.Resource, resource) && strings.EqualFold(e.Action, action) {
		return e.ResourceID
	}
	return 0
}

// The words of a hint for an ERP request (documented).
const (
	resource = erp.ResourceRequests
	action   = "create"
)

// hint is a hint of our own for a request.
func (r *round) hint(about string, id, company erp.ID) erp.Event {
	return erp.Event{ID: r.hintID(about), Resource: resource, ResourceID: id, Action: action, Company: company, At: r.now}
}

// hintID is the id of a hint of our own: within six hours the same thing gets
// the same one.
func (r *round) hintID(about string) string {
	return fmt.Sprintf("sweep-%s-%d", about, r.now.Unix()/int64(Quiet/time.Second))
}

// answered tells whether a request is known to need nothing more. Where that
// cannot be read, hints too many are sent, and it is said.
func (r *round) answered(ctx context.Context, id erp.ID) bool {
	known, asks := r.Live.(answers)
	if id == 0 || !asks {
		return false
	}
	done, err := known.Answered(ctx, r.Connection, id)
	if err != nil && !r.mute {
		r.mute = true
		r.warn("Which requests were answered could not be read (%v); some are hinted for nothing.", err)
	}
	return err == nil && done
}
