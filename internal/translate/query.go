package translate

import (
	"slices"

	"github.com/procpac/procpac/internal/erp"
)

// Query is what must be read from Jobpac before a request is translated. A key
// is empty where its link is missing, not readable or of another WorkID; then
// there is nothing to ask, and the rules say why. Cost codes are sorted, each
// once.
func Query(req erp.Request, r Rules) erp.FactsQuery {
	r = r.ready()
	var q erp.FactsQuery
	lines := linesOf(req)
	if job, err := erp.ParseJobKey(jobOrigin(req)); err == nil && job.WorkID == r.WorkID {
		q.Job = job
		q.CostCodes = costCodes(lines, job)
	}
	if req.Commitment == nil {
		return q
	}
	if creditor, err := erp.ParseCreditorKey(req.Commitment.Vendor.Origin); err == nil && creditor.WorkID == r.CreditorWorkID {
		q.Creditor = creditor
	}
	return q
}

// linesOf are the lines that become records.
func linesOf(req erp.Request) []erp.Line {
	switch {
	case req.ChangeOrder != nil:
		return req.ChangeOrder.Lines
	case req.Commitment != nil:
		return req.Commitment.Lines
	}
	return nil
}

// jobOrigin is the job's link: an invoice's, the request's own, else the
// commitment's.
func jobOrigin(req erp.Request) string {
	if len(req.Invoices) > 0 {
		return req.Invoices[0].JobOrigin
	}
	if req.JobOrigin == "" && req.Commitment != nil {
		return req.Commitment.Project.Origin
	}
	return req.JobOrigin
}

func costCodes(lines []erp.Line, job erp.JobKey) []string {
	var codes []string
	for _, l := range lines {
		if l.Placed != nil {
			codes = append(codes, l.Placed.Centre.CostCode)
		} else if code, err := erp.ParseCostCode(l.CostCode.Origin, job); err == nil {
			codes = append(codes, code)
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}
