package jobpac

import (
	"context"
	"errors"
	"net/url"

	"github.com/procpac/procpac/internal/erp"
)

// errTooMany is a list so long that it may have been cut.
var errTooMany = errors.New("the list is so long that it may have been cut")

func pendingListing() operation {
	return listing("/PendingInvoiceListing", []string{"WorkId"}, "Creditor", "Transaction", "InvoiceOrCreditFlag")
}

func dissectionListing() operation {
	return listing("/PendingInvoiceDissectionListing", []string{"WorkId", "Creditor", "Transaction"}, "InvoiceOrCreditFlag")
}

func transactionListing() operation {
	return listing("/AccountsPayableTransactionListing", []string{"WorkId", "Creditor"}, "Transaction")
}

// Invoice tells where an invoice on a purchase order stands: pending once its
// first dissection is uploaded, entered once it is posted. The pending one is
// read before the transaction, so one that is posted meanwhile is not
// overlooked. Jobpac refuses an upload at once, so there are no errors to list.
//
// What can be seen of a write whose outcome is unknown:
//   - a dissection is seen at once, by the line in its CustomerReference; one
//     that was made twice shows twice. Where Jobpac shows no reference its own
//     number counts, which is our line as long as all were sent in their order.
//   - a posting is seen as the transaction, and the pending invoice is gone.
//
// Book holds one document: the dissections with kind KindInvoice, and a header
// of KindInvoicePost once it is posted, before that of no kind we write. The
// invoice is looked up by the creditor's number: Book may show one on another
// order, or somebody else's, which its reference and order tell. Without a creditor nothing
// is asked, and nothing found.
func (c *Client) Invoice(ctx context.Context, creditor erp.CreditorKey, key erp.ClaimKey) (erp.ClaimFound, error) {
	if creditor.Creditor == "" {
		return erp.ClaimFound{}, nil
	}
	key.WorkID = firstGiven(key.WorkID, c.config.WorkID)
	params := url.Values{"WorkId": {key.WorkID}, "Creditor": {creditor.Creditor}, "Transaction": {key.Invoice}, "InvoiceOrCreditFlag": {erp.InvoiceFlag}}
	ours := map[erp.Name]string{erp.ColWorkID: key.WorkID, erp.ColCreditor: creditor.Creditor, erp.ColInvoice: key.Invoice}
	pending, err := c.documents(ctx,
		look{op: pendingListing(), kind: kindPendingHead, params: params, key: ours, filtered: erp.ColWorkID},
		look{op: dissectionListing(), kind: erp.KindInvoice, params: params, key: ours, filtered: erp.ColWorkID})
	if err != nil {
		return erp.ClaimFound{}, err
	}
	posted, err := c.posted(ctx, creditor, key)
	if err != nil {
		return erp.ClaimFound{}, err
	}
	switch {
	case len(posted.Items) > 0:
		return erp.ClaimFound{State: erp.ClaimEntered, Number: posted.Header.Get(erp.ColInvoice), Book: erp.Book{Documents: []erp.Document{posted}}}, nil
	case len(pending) > 0:
		for _, d := range pending {
			lineNumbers(d.Items)
			adoptReference(d.Header, d.Items)
		}
		return erp.ClaimFound{State: erp.ClaimStaged, Book: erp.Book{Documents: pending}}, nil
	}
	return erp.ClaimFound{}, nil
}

// posted is the transaction of that number; without items there is none.
func (c *Client) posted(ctx context.Context, creditor erp.CreditorKey, key erp.ClaimKey) (erp.Document, error) {
	rows, err := c.list(ctx, transactionListing(), url.Values{"WorkId": {key.WorkID}, "Creditor": {creditor.Creditor}, "Transaction": {key.Invoice}})
	if err != nil {
		return erp.Document{}, err
	}
	var d erp.Document
	for _, r := range rows {
		fits, err := wanted(transactionListing(), r, "WorkId", key.WorkID, map[string]string{"Creditor": creditor.Creditor, "Transaction": key.Invoice})
		if err != nil {
			return erp.Document{}, err
		}
		if flag := r["InvoiceOrCreditFlag"]; !fits || (flag != "" && erp.Code(flag) != erp.InvoiceFlag) {
			continue
		}
		if d.Header.Values == nil {
			d.Header = record(erp.KindInvoicePost, postingColumns(), r)
			delete(d.Header.Values, erp.ColReference) // a line's
		}
		d.Items = append(d.Items, record(erp.KindInvoice, uploadColumns(), r))
	}
	lineNumbers(d.Items)
	if len(d.Items) > 0 {
		adoptReference(d.Header, d.Items)
	}
	return d, nil
}

// CreditorInvoices are the claims that carry an invoice number of a creditor, on
// whatever subcontract: a number that is there is taken. The rows are headers of
// claims; invoices on purchase orders are told by Invoice.
func (c *Client) CreditorInvoices(ctx context.Context, creditor erp.CreditorKey, invoice string) ([]erp.Row, error) {
	rows, err := c.list(ctx, subcontractorsInvoiceListing(), url.Values{
		"WorkId": {c.config.WorkID}, "Creditor": {creditor.Creditor}, "SubcontractorsInvoice": {invoice},
	})
	if err != nil {
		return nil, err
	}
	var found []erp.Row
	for _, r := range records(erp.KindClaim, c.config.ReferenceField, rows) {
		have, carried := r.Values[erp.ColInvoice]
		if !carried || erp.Code(have) == erp.Code(invoice) {
			found = append(found, r)
		}
	}
	return found, nil
}
