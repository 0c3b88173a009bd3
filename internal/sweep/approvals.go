package sweep

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
	"github.com/procpac/procpac/internal/journal"
)

// Approvals lists the approved documents that changed since then. With direct
// intake nobody sends them: a webhook that was lost is found here.
type Approvals interface {
	Approved(ctx context.Context, since time.Time) iter.Seq2[erp.Approval, error]
}

// approvals hints the approved documents that no effect knows, and those that
// amount to something else than was entered.
func (r *round) approvals(ctx context.Context) error {
	if r.Approvals == nil {
		return nil
	}
	done := 0
	for a, err := range r.Approvals.Approved(ctx, r.options.Since) {
		if err == nil {
			err = r.approval(ctx, a)
		}
		if err != nil {
			return r.ended(ctx, "approvals", done, err)
		}
		if !r.read(ctx, "approvals", &done) {
			break
		}
	}
	return r.ended(ctx, "approvals", done, nil)
}

// approval puts one document on the bus, unless it is linked or has a history. One that was
// withdrawn before anything came of it has none.
func (r *round) approval(ctx context.Context, a erp.Approval) error {
	key := journal.NewKey(r.Connection, a.Kind, a.ID)
	e, err := r.Journal.Load(ctx, key)
	if err != nil && (fault.IsSystem(err) || fault.Of(err) == fault.Unknown) {
		return fmt.Errorf("effect %s: %w", key, err)
	}
	if err == nil && e.State == journal.Done && !e.ByRequest() {
		return r.revision(ctx, a, e)
	}
	if err != nil || e.State != journal.None && e.State != journal.Superseded || a.Origin != "" {
		r.report.Known++
		return nil
	}
	l := Line{Source: SourceApproval, ID: a.ID.String(), Effect: key.String(), Title: a.Title, Why: "It is approved in Procore, and nothing is known of it."}
	if at, err := time.Parse(time.RFC3339, cmp.Or(a.ApprovedAt, a.CreatedAt)); err == nil && r.early(at) {
		l.BeforeGoLive, l.Why = true, r.whyEarly("It was created or approved", at)
		r.list(l)
		return nil
	}
	return r.put(ctx, l, r.hintOf(a, key))
}

// hintOf is the event that makes a worker read the document.
func (r *round) hintOf(a erp.Approval, key journal.Key) erp.Event {
	hint := journal.Source{Resource: resourceOf(a), Project: int64(a.Project), ID: int64(a.ID)}.Event()
	hint.ID, hint.Company, hint.At = r.hintID("approval-"+key.Effect+"-"+a.UpdatedAt), r.Company, r.now
	return hint
}

// revision puts a document that was read by itself on the bus if it amounts to
// something else than was entered of it, all its revisions included.
func (r *round) revision(ctx context.Context, a erp.Approval, e journal.Effect) error {
	entered, err := r.entered(ctx, e)
	if err != nil {
		return err
	}
	now, err := a.Total.Money()
	if err != nil || !a.Total.Given() || now == entered {
		r.report.Known++
		return nil
	}
	return r.put(ctx, Line{Source: SourceApproval, ID: a.ID.String(), Effect: e.Key.String(), Title: a.Title, Why: fmt.Sprintf(
		"It is %s in Procore and %s was entered in Jobpac; the webhook of its change was lost.", now, entered)}, r.hintOf(a, e.Key))
}

// entered adds up the document and those of its revisions that stand.
func (r *round) entered(ctx context.Context, e journal.Effect) (erp.Money, error) {
	total, _ := erp.ParseMoney(e.Plan.Total) // a plan that was carried out has one
	for n := 1; ; n++ {
		revision, err := r.Journal.Load(ctx, e.Key.Revision(n))
		if err != nil {
			return 0, fmt.Errorf("effect %s: %w", revision.Key, err)
		}
		if revision.State == journal.None {
			return total, nil
		}
		if more, ok := erp.ParseMoney(revision.Plan.Total); ok && revision.Stands {
			total += more
		}
	}
}

// resourceOf is the webhook resource of an approved document.
func resourceOf(a erp.Approval) string {
	switch {
	case a.Kind == erp.ApprovedChangeOrder:
		return erp.ResourceChangePackages
	case a.Type == erp.PurchaseOrderContract:
		return erp.ResourcePurchaseOrders
	}
	return erp.ResourceWorkOrders
}
