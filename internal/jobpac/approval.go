package jobpac

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

func pendingItemListing() operation {
	return listing("/OrderItemsPendingApprovalListing", []string{"CostingWorkId"}, "Job", "CostCode", "CostType")
}

// PendingApproval lists those of a purchase order's items, given as they were
// read, that wait for approval, sorted. Jobpac lists them by cost centre and not
// by order (documented), so each of the order's jobs is asked for; where a job's
// answer is so long that it may be cut, each of the order's cost centres on it.
func (c *Client) PendingApproval(ctx context.Context, order erp.OrderKey, items []erp.Row) ([]int, error) {
	order.WorkID = firstGiven(order.WorkID, c.config.WorkID)
	centres := map[erp.JobKey][]erp.CostCentreKey{}
	for _, item := range items {
		job := erp.JobKey{WorkID: firstGiven(item.Get(erp.ColCostingWork), order.WorkID), Job: item.Get(erp.ColJob)}
		centre := erp.CostCentreKey{JobKey: job, CostCode: item.Get(erp.ColCostCode), CostType: item.Get(erp.ColCostType)}
		if !slices.Contains(centres[job], centre) {
			centres[job] = append(centres[job], centre)
		}
	}
	var all []int
	for job, within := range centres {
		items, err := c.pendingOn(ctx, order, job, within)
		if err != nil {
			return nil, err
		}
		all = append(all, items...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// pendingOn lists the order's waiting items on a job.
func (c *Client) pendingOn(ctx context.Context, order erp.OrderKey, job erp.JobKey, centres []erp.CostCentreKey) ([]int, error) {
	items, long, err := c.pendingRows(ctx, order, url.Values{"CostingWorkId": {job.WorkID}, "Job": {job.Job}})
	if err != nil || !long {
		return items, err
	}
	items = nil
	for _, centre := range centres {
		found, long, err := c.pendingRows(ctx, order, url.Values{
			"CostingWorkId": {job.WorkID}, "Job": {job.Job}, "CostCode": {centre.CostCode}, "CostType": {centre.CostType},
		})
		if err == nil && long {
			err = fault.New(fault.Transient, pendingItemListing().title(), errTooMany)
		}
		if err != nil {
			return nil, err
		}
		items = append(items, found...)
	}
	return items, nil
}

// pendingRows is one call; long tells that its answer may be cut.
func (c *Client) pendingRows(ctx context.Context, order erp.OrderKey, params url.Values) (items []int, long bool, err error) {
	rows, err := c.list(ctx, pendingItemListing(), params)
	if err != nil {
		return nil, false, err
	}
	for _, r := range rows {
		work := firstGiven(r["OrderWorkId"], r["OrderFirm"], r["WorkId"], order.WorkID)
		if erp.Code(work) != erp.Code(order.WorkID) || erp.Code(r["Order"]) != erp.Code(order.Order) {
			continue
		}
		n, err := strconv.Atoi(r["OrderItem"])
		if err != nil {
			return nil, false, fault.New(fault.Transient, pendingItemListing().title(), errUnreadable)
		}
		items = append(items, n)
	}
	return items, len(rows) >= longListing, nil
}
