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

// approvals hints the approved documents that no effect knows.
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
	hint := journal.Source{Resource: resourceOf(a), Project: int64(a.Project), ID: int64(a.ID)}.Event()
	hint.ID, hint.Company, hint.At = r.hintID("approval-"+key.Effect+"-"+a.UpdatedAt), r.Company, r.now
	return r.put(ctx, l, hint)
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
