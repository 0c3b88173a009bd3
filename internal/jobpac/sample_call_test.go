package jobpac

import (
	"context"
	"maps"
	"strconv"
	"time"

	"github.com/procpac/procpac/internal/erp"
)

// sampleCall asks the client for something, and says what it made of it.
type sampleCall func(context.Context, *Client) (expectation, error)

// sampleCalls are the calls that samples answer, by the names they give them.
func sampleCalls() map[string]sampleCall {
	calls := map[string]sampleCall{
		"sign in": func(ctx context.Context, c *Client) (expectation, error) {
			_, err := c.session.get(ctx)
			return expectation{}, err
		},
		"sign out": signOut,

		"job":                        factsOf(erp.FactsQuery{Job: sampleJob()}),
		"job that is not there":      factsOf(erp.FactsQuery{Job: erp.JobKey{Job: "9999"}}),
		"creditor":                   factsOf(erp.FactsQuery{Creditor: erp.CreditorKey{Creditor: "BOND02"}}),
		"cost centres of one code":   centresOf("02-100"),
		"cost centres of five codes": centresOf("02-100", "02-200", "02-300", "02-400", "02-500"),
		"GST codes":                  gstCodesOf,

		"order PO-2001":    func(ctx context.Context, c *Client) (expectation, error) { return bookOf(c.Orders(ctx, samplePO())) },
		"order SC-1001":    func(ctx context.Context, c *Client) (expectation, error) { return bookOf(c.Orders(ctx, sampleSC())) },
		"variation V00001": variationOf("V00001"),
		"variation H00001": variationOf("H00001"),
		"register":         variationOf(""),

		"claim": func(ctx context.Context, c *Client) (expectation, error) { return foundOf(c.Claim(ctx, sampleClaim())) },
		"invoice": func(ctx context.Context, c *Client) (expectation, error) {
			return foundOf(c.Invoice(ctx, sampleSupplier(), sampleInvoice()))
		},
		"invoices of the creditor": func(ctx context.Context, c *Client) (expectation, error) {
			rows, err := c.CreditorInvoices(ctx, sampleBuilder(), "INV-7")
			return expectation{Rows: rowsOf(rows)}, err
		},
		"pending approval": func(ctx context.Context, c *Client) (expectation, error) {
			item := erp.Row{Kind: erp.KindOrderItem, Values: map[erp.Name]string{erp.ColCostingWork: "01", erp.ColJob: "1001", erp.ColCostCode: "02-100", erp.ColCostType: "M"}}
			items, err := c.PendingApproval(ctx, samplePO(), []erp.Row{item})
			var e expectation
			for _, n := range items {
				e.Rows = append(e.Rows, map[string]string{"item": strconv.Itoa(n)})
			}
			return e, err
		},
		"approve item": func(ctx context.Context, c *Client) (expectation, error) {
			return expectation{}, c.Write(ctx, erp.Write{Record: erp.ItemApproval{Order: samplePO(), Item: 1}})
		},
		"complete purchase order": func(ctx context.Context, c *Client) (expectation, error) {
			return expectation{}, c.Write(ctx, erp.Write{Record: erp.Completion{OrderKey: samplePO()}})
		},
		"finalise subcontract": func(ctx context.Context, c *Client) (expectation, error) {
			return expectation{}, c.Write(ctx, erp.Write{Record: erp.Completion{OrderKey: sampleSC(), Subcontract: true}})
		},
	}
	maps.Copy(calls, sampleWindows())
	for name, w := range sampleWrites() {
		calls[name] = func(ctx context.Context, c *Client) (expectation, error) { return expectation{}, c.Write(ctx, w) }
	}
	for name, r := range sampleReadings() {
		calls[name] = reading(r)
	}
	return calls
}

func signOut(ctx context.Context, c *Client) (expectation, error) {
	if _, err := c.session.get(ctx); err != nil {
		return expectation{}, err
	}
	return expectation{}, c.Close(ctx)
}

func factsOf(q erp.FactsQuery) sampleCall {
	return func(ctx context.Context, c *Client) (expectation, error) {
		facts, err := c.Facts(ctx, q)
		var e expectation
		if j := facts.Job; j != nil {
			e.Rows = append(e.Rows, map[string]string{
				"job": j.Key.Origin(), "description": j.Description, "status": j.Status, "active": yes(j.Active),
				"allow_cost_updates": yes(j.AllowCostUpdates), "financially_complete": yes(j.FinanciallyComplete),
			})
		}
		if k := facts.Creditor; k != nil {
			e.Rows = append(e.Rows, map[string]string{
				"creditor": k.Key.Origin(), "name": k.Name, "status": k.Status, "currency": k.Currency, "stop_payments": yes(k.StopPayments),
			})
		}
		return e, err
	}
}

func centresOf(codes ...string) sampleCall {
	return func(ctx context.Context, c *Client) (expectation, error) {
		facts, err := c.Facts(ctx, erp.FactsQuery{Job: erp.JobKey{Job: "1001"}, CostCodes: codes})
		var e expectation
		for _, k := range facts.Centres {
			e.Rows = append(e.Rows, map[string]string{
				"centre": k.Key.Origin(), "description": k.Description, "status": k.Status, "heading": strconv.FormatBool(k.Heading),
				"allow_cost_updates": yes(k.AllowCostUpdates),
			})
		}
		return e, err
	}
}

func gstCodesOf(ctx context.Context, c *Client) (expectation, error) {
	codes, err := c.GSTCodes(ctx, "")
	var e expectation
	for _, code := range codes {
		e.Rows = append(e.Rows, map[string]string{"gst_code": code})
	}
	return e, err
}

func variationOf(number string) sampleCall {
	return func(ctx context.Context, c *Client) (expectation, error) {
		return bookOf(c.Variations(ctx, erp.VariationKey{WorkID: "01", Job: "1001", Variation: number}))
	}
}

func yes(flag erp.Tristate) string {
	return map[erp.Tristate]string{erp.Yes: "yes", erp.No: "no", erp.Unshown: "not shown"}[flag]
}

func bookOf(book erp.Book, err error) (expectation, error) {
	var e expectation
	for _, d := range book.Documents {
		e.Rows = append(e.Rows, rowsOf(append([]erp.Row{d.Header}, d.Items...))...)
	}
	return e, err
}

func foundOf(found erp.ClaimFound, err error) (expectation, error) {
	e, _ := bookOf(found.Book, nil)
	e.State, e.Number, e.Errors = found.State, found.Number, found.Errors
	return e, err
}

// rowsOf gives rows with their kind and without empty values.
func rowsOf(rows []erp.Row) (shown []map[string]string) {
	for _, r := range rows {
		values := map[string]string{"kind": string(r.Kind)}
		for name, value := range r.Values {
			if value != "" {
				values[string(name)] = value
			}
		}
		shown = append(shown, values)
	}
	return shown
}

func sampleReadings() map[string]erp.Reading {
	since, until := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	return map[string]erp.Reading{
		"read jobs":              {Listing: erp.ListJobs},
		"read creditors":         {Listing: erp.ListCreditors},
		"read changed creditors": {Listing: erp.ListCreditors, Since: since, Until: until},
		"read cost centres":      {Listing: erp.ListCentres, Job: "1001"},
		"read totals":            {Listing: erp.ListCentreCosts, Job: "1001"},
		"read ledger":            {Listing: erp.ListLedger},
		"read changed ledger":    {Listing: erp.ListLedger, Since: since, Until: until},
		"read payables":          {Listing: erp.ListPayables, Creditor: "ACME01"},
		"read claim codes":       {Listing: erp.ListClaimCodes, Job: "1001"},
		"read GST codes":         {Listing: erp.ListGSTCodes},
	}
}

// reading reads a listing of which a longer answer was seen, so that this one
// is surely whole.
func reading(r erp.Reading) sampleCall {
	return func(ctx context.Context, c *Client) (expectation, error) {
		c.sizes.note(r.Listing, longListing)
		part, err := c.Read(ctx, r)
		return expectation{Rows: rowsOf(part.Rows), Number: part.Next}, err
	}
}
