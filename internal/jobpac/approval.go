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

// itemApproval approves an item of a purchase order.
type itemApproval struct {
	order erp.OrderKey
	item  int
}

// Kind is kindApproval.
func (a itemApproval) Kind() erp.Kind { return kindApproval }

// Key is the item's.
func (a itemApproval) Key() string { return a.order.ItemOrigin(a.item) }

// Fields lists the key.
func (a itemApproval) Fields() []erp.Field {
	return []erp.Field{
		{Name: erp.ColWorkID, Type: erp.TypeCode, Value: a.order.WorkID}, {Name: erp.ColOrder, Type: erp.TypeCode, Value: a.order.Order},
		{Name: erp.ColItem, Type: erp.TypeNumber, Value: strconv.Itoa(a.item)},
	}
}

// ApproveItem approves an item of a purchase order as the user of this
// connection. Its errors are those of Write. To approve one that is approved
// changes nothing (assumed), so an unknown outcome may be tried again;
// PendingApproval shows what became of it.
func (c *Client) ApproveItem(ctx context.Context, order erp.OrderKey, item int) error {
	order.WorkID = firstGiven(order.WorkID, c.config.WorkID)
	return c.Write(ctx, erp.Write{Record: itemApproval{order: order, item: item}})
}

// PendingApproval lists the items of a purchase order that wait for approval,
// sorted. Jobpac lists them by cost centre and not by order (documented), so the
// order is read first, and each of its jobs is asked for; where a job's answer is
// so long that it may be cut, each of the order's cost centres on it.
func (c *Client) PendingApproval(ctx context.Context, order erp.OrderKey) ([]int, error) {
	order.WorkID = firstGiven(order.WorkID, c.config.WorkID)
	documents, err := c.purchaseOrders(ctx, order)
	if err != nil || len(documents) == 0 {
		return nil, err
	}
	centres := map[erp.JobKey][]erp.CostCentreKey{}
	for _, item := range documents[0].Items {
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
