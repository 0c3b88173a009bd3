package flow

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/procpac/procpac/internal/erp"
)

// contentFingerprint is a hash of what a request asks for: the same document
// sent again under a new request id has the same one. What Procore itself
// changes by sending (ids of the request, links of the header and the lines, its status) is left
// out.
func contentFingerprint(req erp.Request) string {
	var b strings.Builder
	if c := req.Commitment; c != nil && req.ChangeOrder == nil {
		put(&b, c.ID, c.Type, typed(c.Code, req.Direct), c.Number, c.Title, c.Description, c.AccountingMethod, c.Retainage, c.Currency,
			req.JobOrigin, c.Vendor.Origin, c.CreatedAt, c.ContractDate, c.DeliveryDate, c.Start, c.EstimatedEnd,
			c.ExecutionDate, c.IssuedOn, c.SignedReceived, c.Fields)
		putLines(&b, c.Lines)
	}
	if o := req.ChangeOrder; o != nil {
		put(&b, o.ID, o.ContractID, typed(o.Code, req.Direct), o.Number, o.Title, o.Description, o.Currency, req.JobOrigin, o.ReviewedAt, o.CreatedAt, o.Fields)
		putLines(&b, given(o.Lines, req.Direct))
	}
	for _, i := range req.Invoices {
		put(&b, i.ID, i.ContractID, i.ContractOrigin, i.JobOrigin, i.Number, i.Code, i.Method, i.BillingDate, i.PaymentDue, i.AccountingDate, i.Fields)
		for _, l := range i.Lines {
			put(&b, l.ID, l.ItemType, l.Description, l.Amount, l.Quantity, l.UnitCost, l.UOM, l.CostCode.Origin, l.CostType.Origin, l.CommitmentItemOrigin,
				l.ChangeItemOrigin, l.RetainedWork, l.RetainedMaterials, l.ReleasedWork, l.ReleasedMaterials, l.TaxCodeOrigin)
		}
	}
	if c := req.PrimeChange; c != nil {
		put(&b, c.ID, c.ContractID, c.Number, c.Code, c.Title, c.Description, req.JobOrigin, c.ReviewedAt, c.ApprovedOn, c.Fields)
		for _, l := range c.Lines {
			put(&b, l.ID, l.Description, l.Amount, l.Tax, l.CostCode.Origin, l.CostType.Origin)
		}
	}
	return hash(b.String())
}

// typed leaves out the code of a document that was read by itself: no approver
// types one there, and what it shows once it is linked is the number that we wrote.
func typed(code string, direct *erp.Direct) string {
	if direct != nil {
		return ""
	}
	return code
}

// given leaves out which contract line a change order that was read by itself
// changes: that is not said there but guessed, and follows from the contract.
func given(lines []erp.Line, direct *erp.Direct) []erp.Line {
	if direct == nil {
		return lines
	}
	lines = slices.Clone(lines)
	for i := range lines {
		lines[i].CommitmentLine = 0
	}
	return lines
}

func putLines(b *strings.Builder, lines []erp.Line) {
	for _, l := range lines {
		put(b, l.ID, l.Description, l.Amount, l.Quantity, l.UnitCost, l.UOM, l.Calculated,
			l.CostCode.Origin, l.CostType.Origin, l.TaxCode, l.CommitmentLine)
	}
}

// put writes values so that no two lists of values look the same.
func put(b *strings.Builder, values ...any) {
	for _, v := range values {
		fmt.Fprintf(b, "%q;", fmt.Sprint(v))
	}
	b.WriteByte('\n')
}

// stepFingerprint is a hash of one record as it is sent.
func stepFingerprint(r erp.Record) string {
	var b strings.Builder
	put(&b, r.Kind(), r.Key())
	for _, f := range r.Fields() {
		put(&b, f.Name, f.Value)
	}
	return hash(b.String())
}

// hash is the first half of a SHA-256 in hex: plenty against accidents.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:16])
}

// stepID names a step for good: kind and natural key.
func stepID(r erp.Record) string { return string(r.Kind()) + " " + r.Key() }
