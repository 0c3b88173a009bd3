package jobpac

import (
	"context"
	"net/url"

	"github.com/procpac/procpac/internal/erp"
	"golang.org/x/sync/errgroup"
)

// Orders reads what stands under an order number: purchase orders and
// subcontracts, which share one space of numbers (assumed), each with its
// items. A number that stands twice gives two documents; as items name the
// number only, they are all shown with the first. Nothing there is an empty
// Book.
func (c *Client) Orders(ctx context.Context, key erp.OrderKey) (erp.Book, error) {
	key.WorkID = firstGiven(key.WorkID, c.config.WorkID)
	var orders, subcontracts []erp.Document
	both, ctx := errgroup.WithContext(ctx)
	both.Go(func() (err error) {
		orders, err = c.purchaseOrders(ctx, key)
		return err
	})
	both.Go(func() (err error) {
		subcontracts, err = c.subcontracts(ctx, key)
		return err
	})
	if err := both.Wait(); err != nil {
		return erp.Book{}, err
	}
	return erp.Book{Documents: append(orders, subcontracts...)}, nil
}

func (c *Client) purchaseOrders(ctx context.Context, key erp.OrderKey) ([]erp.Document, error) {
	return c.documents(ctx,
		look{
			op: purchaseOrderListing(), kind: erp.KindOrder, params: url.Values{"WorkId": {key.WorkID}, "Order": {key.Order}},
			key: orderKey(key), filtered: erp.ColWorkID,
		},
		look{
			op: purchaseOrderItemListing(), kind: erp.KindOrderItem, params: url.Values{"OrderWorkId": {key.WorkID}, "Order": {key.Order}},
			key: orderKey(key), filtered: erp.ColWorkID,
		})
}

// subcontracts asks the items without a WorkID, for the listing knows none:
// here the rows themselves must say whose they are.
func (c *Client) subcontracts(ctx context.Context, key erp.OrderKey) ([]erp.Document, error) {
	return c.documents(ctx,
		look{
			op: subcontractListing(), kind: erp.KindSubcontract, params: url.Values{"WorkId": {key.WorkID}, "Order": {key.Order}},
			key: orderKey(key), filtered: erp.ColWorkID,
		},
		look{
			op: subcontractItemListing(), kind: erp.KindSubcontractItem, params: url.Values{"Order": {key.Order}},
			key: orderKey(key),
		})
}

func orderKey(key erp.OrderKey) map[erp.Name]string {
	return map[erp.Name]string{erp.ColWorkID: key.WorkID, erp.ColOrder: key.Order}
}
