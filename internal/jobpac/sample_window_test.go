package jobpac

import (
	"context"
	"slices"
	"strconv"
	"testing"

	"github.com/procpac/procpac/internal/erp"
)

// sampleWindows are the calls that ask a listing for less, or for more, as
// reading whole lists does where an answer may be cut.
func sampleWindows() map[string]sampleCall {
	from, to := "2026-11-22T09:00:00.000Z", "2026-11-22T11:00:00.000Z"
	between := func(axis int, lo, end string) level { return level{Axis: axis, Lo: &lo, Ends: []string{end}} }
	only := func(axis int, value string) level { return level{Axis: axis, Set: []string{value}} }
	return map[string]sampleCall{
		"window of jobs": window(erp.Reading{Listing: erp.ListJobs}, between(0, "1000", "1002")),
		"window of creditors": window(erp.Reading{Listing: erp.ListCreditors},
			between(0, from, to), only(1, "Y"), only(2, "Y"), between(3, from, to), only(4, "A")),
		"window of cost centres": window(erp.Reading{Listing: erp.ListCentres, Job: "1001"},
			between(0, "02-000", "02-300"), between(1, "L", "T"), between(2, from, to)),
		"window of totals": window(erp.Reading{Listing: erp.ListCentreCosts, Job: "1001"}, only(0, "M"), only(1, "A")),
		"window of ledger": window(erp.Reading{Listing: erp.ListLedger},
			between(0, from, to), between(1, "5000", "5200"), between(2, "2026-11-21", "2026-11-23"), between(3, "202610", "202612")),
		"window of payables": window(erp.Reading{Listing: erp.ListPayables, Creditor: "ACME01"},
			between(0, "INV5000", "INV6000"), between(1, from, to), between(2, from, to)),
		"window of claim codes":       window(erp.Reading{Listing: erp.ListClaimCodes, Job: "1001"}, between(0, "00", "02")),
		"proof by two jobs":           proof(erp.ListCentres, 7),
		"proof of totals by two jobs": proof(erp.ListCentreCosts, 6),
	}
}

// window asks for the first window of those levels, as one question.
func window(r erp.Reading, levels ...level) sampleCall {
	return func(ctx context.Context, c *Client) (expectation, error) {
		c.sizes.note(r.Listing, longListing)
		w, err := c.newWalk(r)
		if err != nil {
			return expectation{}, err
		}
		w.at.Levels = levels
		rows, err := w.step(ctx)
		return expectation{Rows: rowsOf(rows)}, err
	}
}

// proof asks whether an answer of so many rows for job 1001 is whole.
func proof(l erp.Listing, rows int) sampleCall {
	return func(ctx context.Context, c *Client) (expectation, error) {
		w, err := c.newWalk(erp.Reading{Listing: l, Job: "1001"})
		if err != nil {
			return expectation{}, err
		}
		whole, err := w.stretch(ctx, rows)
		return expectation{Rows: []map[string]string{{"whole": strconv.FormatBool(whole)}}}, err
	}
}

// Every parameter of a listing that the client may send is in a sample of it.
func TestEveryAskedParameterHasASample(t *testing.T) {
	sent := map[string]bool{}
	for _, e := range exchanges(t) {
		for name := range e.Request {
			sent[e.Path+" "+name] = true
		}
	}
	ops := append(used(), importHeaderListing(), importErrorListing(), claimHeaderListing(), claimDetailListing(), subcontractorsInvoiceListing(),
		pendingListing(), dissectionListing(), transactionListing(), pendingItemListing())
	elsewhere := []string{ // asked where an answer is long only: TestPendingApprovalNarrowsALongAnswer, and the tests of long registers
		"/OrderItemsPendingApprovalListing CostCode", "/OrderItemsPendingApprovalListing CostType", "/VariationListing StartVariation",
	}
	for _, op := range ops {
		if op.method != "GET" {
			continue
		}
		for _, name := range slices.Concat(op.required, op.optional) {
			if at := op.path + " " + name; !sent[at] && !slices.Contains(elsewhere, at) {
				t.Errorf("%s: no sample asks by %s", op.path, name)
			}
		}
	}
}
