package flow

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/journal"
)

// needsApproval tells whether an order item waits until it is approved: every
// other one does.
func needsApproval(item int) bool { return item%2 == 1 }

// approve is the moment an approval takes effect; under the lock. Until shown
// the item is listed as waiting.
func (b *simJobpac) approve(item string, shown time.Duration) {
	if b.approved == nil {
		b.approved = map[string]time.Time{}
	}
	if at, before := b.approved[item]; !before || at.After(time.Now().Add(shown)) {
		b.approved[item] = time.Now().Add(shown)
	}
	b.passed["approved"]++
	b.tell("Jobpac has the approval of %s, seen in %s", item, shown.Round(time.Second))
}

func (j jobpacPort) PendingApproval(ctx context.Context, order erp.OrderKey, items []erp.Row) ([]int, error) {
	if err := j.read(ctx, "pending"); err != nil {
		return nil, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	var waiting []int
	for _, row := range items {
		n := itemNumber(row)
		shown, approved := j.jobpac.approved[order.ItemOrigin(n)]
		if needsApproval(n) && (!approved || time.Now().Before(shown)) {
			waiting = append(waiting, n)
		}
	}
	return waiting, nil
}

// judgeApprovals asks of a purchase order's document that is done whether each
// of its items is approved, or the approver was told that one is not.
func (w *world) judgeApprovals(d *simDocument, e journal.Effect) {
	noted := slices.ContainsFunc(e.Plan.Notes, func(note string) bool { return strings.HasPrefix(note, approvalNote) })
	if noted {
		w.passed["left unapproved"]++
	}
	_, lines := w.stands(d)
	for _, rows := range lines {
		order, item, ok := erp.ParseItemOrigin(rows[0].key)
		if !ok || rows[0].kind != erp.KindOrderItem {
			continue
		}
		if _, approved := w.jobpac.approved[order.ItemOrigin(item)]; needsApproval(item) && !approved && !noted {
			w.failLocked("%s is done, its item %d is not approved, and nobody was told", d.key(), item)
		}
	}
	for id, m := range e.Steps {
		if isApproval(id) && m.Doubtful() {
			w.failLocked("%s is done, and %s is in doubt", d.key(), id)
		}
	}
}

func (j jobpacPort) Claim(context.Context, erp.ClaimKey) (erp.ClaimFound, error) {
	return erp.ClaimFound{}, errNoInvoices
}

func (j jobpacPort) Invoice(context.Context, erp.CreditorKey, erp.ClaimKey) (erp.ClaimFound, error) {
	return erp.ClaimFound{}, errNoInvoices
}

// errNoInvoices: this Jobpac is asked for orders and variations only.
var errNoInvoices = errors.New("asked for an invoice")
