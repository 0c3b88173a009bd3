package jobpac

import (
	"context"
	"fmt"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"golang.org/x/sync/errgroup"
)

// Facts reads the job, the creditor and the cost centres that a document
// names, at the same time. What the query does not name is not asked; what
// Jobpac does not have is nil, or missing from Centres. Found records are
// believed for Config.CacheFor. The result is the caller's own.
func (c *Client) Facts(ctx context.Context, q erp.FactsQuery) (erp.Facts, error) {
	q.Job.WorkID = firstGiven(q.Job.WorkID, c.config.WorkID)
	q.Creditor.WorkID = firstGiven(q.Creditor.WorkID, c.config.CreditorWorkID)
	if q.Fresh {
		c.forget(q)
	}
	var facts erp.Facts
	reads, ctx := errgroup.WithContext(ctx)
	reads.Go(func() (err error) {
		facts.Job, err = c.job(ctx, q.Job)
		return err
	})
	reads.Go(func() (err error) {
		facts.Creditor, err = c.creditor(ctx, q.Creditor)
		return err
	})
	reads.Go(func() (err error) {
		facts.Centres, err = c.costCentres(ctx, q.Job, q.CostCodes)
		return err
	})
	if err := reads.Wait(); err != nil {
		return erp.Facts{}, err
	}
	facts.Job, facts.Creditor = own(facts.Job), own(facts.Creditor)
	return facts, nil
}

// forget drops from the caches what a query asks for.
func (c *Client) forget(q erp.FactsQuery) {
	c.jobs.drop(q.Job.Origin())
	c.creditors.drop(q.Creditor.Origin())
	for _, code := range q.CostCodes {
		c.centres.drop(centreKey(q.Job, erp.Code(code)))
	}
}

// own is a copy of what the cache shares.
func own[T any](shared *T) *T {
	if shared == nil {
		return nil
	}
	mine := *shared
	return &mine
}

// wanted tells whether a row shows that key. A row that does not show a column
// of it makes the answer unreadable, except the WorkID we filtered by.
func wanted(op operation, r row, workColumn, workID string, key map[string]string) (bool, error) {
	if have, carried := r[workColumn]; carried && erp.Code(have) != erp.Code(workID) {
		return false, nil
	}
	for name, want := range key {
		have, carried := r[name]
		if !carried {
			return false, fault.New(fault.Transient, op.title(), fmt.Errorf("a row does not show its %s: %w", name, errUnreadable))
		}
		if erp.Code(have) != erp.Code(want) {
			return false, nil
		}
	}
	return true, nil
}
