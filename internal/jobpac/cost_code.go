package jobpac

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/procpac/procpac/internal/erp"
	"golang.org/x/sync/errgroup"
)

// fewCodes is up to where cost codes are asked one by one.
const fewCodes = 4

// costCentres reads the rows of these cost codes on a job, in the order of the
// codes. Codes that Jobpac does not have give no row.
//
// A few codes are asked one by one. More are asked as one range, from the
// lowest to the highest; codes that the range did not show, or did not show
// for sure because it may have been cut, are asked one by one after it. So
// neither a silent cap nor a sort order of its own can hide a cost centre.
func (c *Client) costCentres(ctx context.Context, job erp.JobKey, codes []string) ([]erp.CostCentre, error) {
	if job.Job == "" {
		return nil, nil
	}
	codes = distinct(codes)
	missing := slices.DeleteFunc(slices.Clone(codes), func(code string) bool {
		_, ok := c.centres.look(centreKey(job, code))
		return ok
	})
	found := map[string][]erp.CostCentre{}
	if len(missing) > fewCodes {
		var err error
		if found, err = c.centreRange(ctx, job, missing); err != nil {
			return nil, err
		}
	}
	return c.centresByCode(ctx, job, codes, found)
}

// centresByCode puts together what is found with what is kept, and asks the
// rest one by one.
func (c *Client) centresByCode(ctx context.Context, job erp.JobKey, codes []string, found map[string][]erp.CostCentre) ([]erp.CostCentre, error) {
	parts := make([][]erp.CostCentre, len(codes))
	reads, ctx := errgroup.WithContext(ctx)
	reads.SetLimit(fewCodes)
	for i, code := range codes {
		if parts[i] = found[code]; len(parts[i]) > 0 {
			continue
		}
		reads.Go(func() (err error) {
			parts[i], err = c.centreCode(ctx, job, code)
			return err
		})
	}
	if err := reads.Wait(); err != nil {
		return nil, err
	}
	return slices.Concat(parts...), nil
}

// centreCode reads the rows of one cost code.
func (c *Client) centreCode(ctx context.Context, job erp.JobKey, code string) ([]erp.CostCentre, error) {
	return c.centres.get(ctx, centreKey(job, code), func(ctx context.Context) ([]erp.CostCentre, bool, error) {
		rows, err := c.centreRows(ctx, job, url.Values{"CostCode": {code}})
		if err != nil {
			return nil, false, err
		}
		found, err := c.readCentres(job, rows, []string{code})
		return found[code], len(found[code]) > 0, err
	})
}

// centreRange reads the rows from the lowest to the highest code and keeps
// those of the codes asked; nothing where the listing may have been cut.
func (c *Client) centreRange(ctx context.Context, job erp.JobKey, codes []string) (map[string][]erp.CostCentre, error) {
	rows, err := c.centreRows(ctx, job, url.Values{"StartCostCode": {slices.Min(codes)}, "FinishCostCode": {slices.Max(codes)}})
	if err != nil || len(rows) >= longListing {
		return nil, err
	}
	found, err := c.readCentres(job, rows, codes)
	if err != nil {
		return nil, err
	}
	for code, centres := range found {
		c.centres.put(centreKey(job, code), centres, true)
	}
	return found, nil
}

func (c *Client) centreRows(ctx context.Context, job erp.JobKey, params url.Values) ([]row, error) {
	params.Set("CostingWorkId", job.WorkID)
	params.Set("Job", job.Job)
	return c.list(ctx, costCentreListing(), params)
}

// readCentres sorts rows by the codes asked and drops all others.
func (c *Client) readCentres(job erp.JobKey, rows []row, codes []string) (map[string][]erp.CostCentre, error) {
	found := map[string][]erp.CostCentre{}
	for _, r := range rows {
		code := erp.Code(r["CostCode"])
		fits, err := wanted(costCentreListing(), r, "CostingWorkId", job.WorkID, map[string]string{"Job": job.Job, "CostCode": code})
		if err != nil {
			return nil, err
		}
		if fits && slices.Contains(codes, code) {
			found[code] = append(found[code], c.readCentre(job, code, r))
		}
	}
	return found, nil
}

// readCentre reads an answer row. A row without cost type is a heading, and so
// is one with a heading level above 0 (assumed; 0 is also how an unset number
// column may be shown).
func (c *Client) readCentre(job erp.JobKey, code string, r row) erp.CostCentre {
	centre := erp.CostCentre{
		Key:         erp.CostCentreKey{JobKey: job, CostCode: code, CostType: erp.Code(r["CostType"])},
		Description: r["Description"], AllowCostUpdates: tristate(r, "AllowCostUpdates"), Status: r["Status"],
	}
	level := strings.Trim(r["HeadingLevel"], "0")
	centre.Heading = centre.Key.CostType == "" || level != ""
	switch c.letters.of("cost centre", centre.Status) {
	case LetterStopped, LetterComplete:
		centre.AllowCostUpdates = erp.No
	case LetterOpen:
		centre.AllowCostUpdates = ifUnshown(centre.AllowCostUpdates, erp.Yes)
	}
	return centre
}

func centreKey(job erp.JobKey, code string) string { return job.Origin() + "|" + code }

// distinct is the codes trimmed, upper-cased, each once, in order of first use.
func distinct(codes []string) []string {
	var kept []string
	for _, code := range codes {
		if code = erp.Code(code); code != "" && !slices.Contains(kept, code) {
			kept = append(kept, code)
		}
	}
	return kept
}

// centreSource is how all cost centres and headings are read, job by job, a
// long job by ranges of cost codes.
func centreSource() source {
	return source{
		kind: KindCentre, op: costCentreListing(), work: "CostingWorkId", works: []string{"CostingWorkId", "WorkId"}, byJob: true,
		must: []string{"Job", "CostCode"}, id: []string{"Job", "CostCode", "CostType"}, changed: "LastUpdateTimestamp",
		axes: []axis{codes("CostCode"), codes("CostType"), stamps("LastUpdateTimestamp")},
		shown: []cell{
			text(erp.ColCostingWork, "CostingWorkId", "WorkId"), text(erp.ColJob, "Job"), text(erp.ColCostCode, "CostCode"), text(erp.ColCostType, "CostType"),
			text(erp.ColDescription, "Description"), text(erp.ColHeadingLevel, "HeadingLevel"), text(erp.ColBudgetQty, "OriginalBudgetQuantity"),
			text(erp.ColUnit, "UnitOfMeasure"), text(erp.ColBudgetValue, "OriginalBudgetValue"), text(erp.ColBudgetRate, "Rate"),
			text(erp.ColStatus, "Status"), yesNo(erp.ColCostsAllowed, "AllowCostUpdates"), text(erp.ColClaimCode, "ClaimCode"),
			moment(erp.ColChanged, "LastUpdateTimestamp"),
		},
	}
}
