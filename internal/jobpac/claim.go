package jobpac

import (
	"cmp"
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

func importHeaderListing() operation {
	return listing("/SubcontractClaimImportHeaderListing", []string{"WorkId", "Order", "Invoice"})
}

func importErrorListing() operation {
	return listing("/SubcontractClaimImportErrorListing", []string{"WorkId", "Agreement", "InvoiceNumber"})
}

func claimHeaderListing() operation {
	return listing("/SubcontractClaimHeaderListing", []string{"WorkId"}, "Order")
}

func claimDetailListing() operation {
	return listing("/SubcontractClaimDetailListing", []string{"WorkId", "Order", "ClaimType", "ClaimNumber"})
}

func subcontractorsInvoiceListing() operation {
	return listing("/SubcontractorsInvoiceListing", []string{"WorkId", "Creditor", "SubcontractorsInvoice"})
}

// Claim tells where an invoice on a subcontract stands. It is read in the order
// in which it moves: the staged import, its errors, the claims of the order. So
// one that moves meanwhile is never overlooked. The two-stage form is inferred
// from the calls there are.
//
// What can be seen of a write whose outcome is unknown:
//   - a header is seen at once, staged (the import is listed by its key). It
//     shows no reference of ours until the claim is entered, for its call has no
//     place for one. A second header of the key would show as a second document.
//   - a detail is not seen while it is staged: no call lists staged details
//     (documented). It is seen once the claim is entered, by the line in its
//     ExternalReference; a detail that was made twice shows twice. Jobpac may
//     enter a claim before its last detail came, and there is no call that adds
//     to one: such a claim shows too few lines.
//
// Staged and entered ones are in Book with a header of KindClaim; entered ones
// with their details of KindClaimItem, whose ColItem is our line. A header shows
// our reference where all its details agree on one. A refused import has the
// errors and no Book; its rows may be written anew (assumed).
func (c *Client) Claim(ctx context.Context, key erp.ClaimKey) (erp.ClaimFound, error) {
	key.WorkID = firstGiven(key.WorkID, c.config.WorkID)
	staged, err := c.records(ctx, look{
		op: importHeaderListing(), kind: erp.KindClaim, key: claimKey(key), filtered: erp.ColWorkID,
		params: url.Values{"WorkId": {key.WorkID}, "Order": {key.Order}, "Invoice": {key.Invoice}},
	})
	if err != nil {
		return erp.ClaimFound{}, err
	}
	errors, err := c.importErrors(ctx, key)
	if err != nil {
		return erp.ClaimFound{}, err
	}
	entered, err := c.enteredClaims(ctx, key)
	switch {
	case err != nil:
		return erp.ClaimFound{}, err
	case len(entered) > 0:
		return erp.ClaimFound{State: erp.ClaimEntered, Number: entered[0].Header.Get(erp.ColClaimNumber), Book: erp.Book{Documents: entered}}, nil
	case len(errors) > 0:
		return erp.ClaimFound{State: erp.ClaimRefused, Errors: errors}, nil
	case len(staged) > 0:
		return erp.ClaimFound{State: erp.ClaimStaged, Book: headersOnly(staged)}, nil
	}
	return erp.ClaimFound{}, nil
}

func claimKey(key erp.ClaimKey) map[erp.Name]string {
	return map[erp.Name]string{erp.ColWorkID: key.WorkID, erp.ColOrder: key.Order, erp.ColInvoice: key.Invoice}
}

func headersOnly(headers []erp.Row) erp.Book {
	var book erp.Book
	for _, h := range headers {
		book.Documents = append(book.Documents, erp.Document{Header: h})
	}
	return book
}

// enteredClaims are the order's claims of that invoice, with their details. A
// long list may have been cut, and then nothing is found in it for sure.
func (c *Client) enteredClaims(ctx context.Context, key erp.ClaimKey) ([]erp.Document, error) {
	all, err := c.records(ctx, look{
		op: claimHeaderListing(), kind: erp.KindClaim, params: url.Values{"WorkId": {key.WorkID}, "Order": {key.Order}},
		key: map[erp.Name]string{erp.ColWorkID: key.WorkID, erp.ColOrder: key.Order}, filtered: erp.ColWorkID,
	})
	if err != nil {
		return nil, err
	}
	var found []erp.Document
	for _, header := range all {
		invoice, carried := header.Values[erp.ColInvoice]
		if !carried {
			return nil, fault.New(fault.Transient, claimHeaderListing().title(), errUnreadable)
		}
		if erp.Code(invoice) != erp.Code(key.Invoice) {
			continue
		}
		document, err := c.claimDocument(ctx, key, header)
		if err != nil {
			return nil, err
		}
		found = append(found, document)
	}
	if len(found) == 0 && len(all) >= longListing {
		return nil, fault.New(fault.Transient, claimHeaderListing().title(), errTooMany)
	}
	return found, nil
}

// claimDocument reads the details of an entered claim.
func (c *Client) claimDocument(ctx context.Context, key erp.ClaimKey, header erp.Row) (erp.Document, error) {
	claimType, number := header.Get(erp.ColClaimType), header.Get(erp.ColClaimNumber)
	if claimType == "" || number == "" {
		return erp.Document{}, fault.New(fault.Transient, claimHeaderListing().title(), errUnreadable)
	}
	items, err := c.records(ctx, look{
		op: claimDetailListing(), kind: erp.KindClaimItem, key: map[erp.Name]string{erp.ColOrder: key.Order}, filtered: erp.ColOrder,
		params: url.Values{"WorkId": {key.WorkID}, "Order": {key.Order}, "ClaimType": {claimType}, "ClaimNumber": {number}},
	})
	lineNumbers(items)
	adoptReference(header, items)
	return erp.Document{Header: header, Items: items}, err
}

// lineNumbers gives rows the number of our line, which their reference says.
// One that says none keeps what it shows, else it gets its place in the answer.
func lineNumbers(items []erp.Row) {
	for i, item := range items {
		_, line := erp.Reference(item.Get(erp.ColReference)).Cut()
		if line > 0 {
			item.Values[erp.ColItem] = strconv.Itoa(line)
		} else if item.Get(erp.ColItem) == "" {
			item.Values[erp.ColItem] = strconv.Itoa(i + 1)
		}
	}
}

// adoptReference shows with a header the document's reference, where all rows
// below it have the same.
func adoptReference(header erp.Row, items []erp.Row) {
	var common erp.Reference
	for i, item := range items {
		document, _ := erp.Reference(item.Get(erp.ColReference)).Cut()
		if i > 0 && document != common {
			return
		}
		common = document
	}
	if common != "" && header.Get(erp.ColReference) == "" {
		header.Values[erp.ColReference] = string(common)
	}
}

// importErrors are Jobpac's words on a refused import. The column that holds
// them is not public: ErrorMessage may be one, so here it does not mean that the
// listing failed where a row names the invoice as well.
func (c *Client) importErrors(ctx context.Context, key erp.ClaimKey) ([]string, error) {
	var said []string
	_, err := c.listBy(ctx, importErrorListing(), url.Values{"WorkId": {key.WorkID}, "Agreement": {key.Order}, "InvoiceNumber": {key.Invoice}},
		func(op operation, a answer) ([]row, error) {
			said = c.errorWords(a, key)
			if len(said) > 0 {
				return nil, nil
			}
			return c.judgeListing(op, a)
		})
	return said, err
}

// errorWords reads the rows of the error listing that are about the invoice.
func (c *Client) errorWords(a answer, key erp.ClaimKey) []string {
	var outer struct {
		Data json.RawMessage `json:"data"`
	}
	if a.err != nil || a.status/100 != 2 || json.Unmarshal(a.body, &outer) != nil {
		return nil
	}
	raw, err := rawRows(outer.Data)
	if err != nil {
		return nil
	}
	var said []string
	for _, cells := range raw {
		r := plainRow(cells)
		if !about(r, key) {
			continue
		}
		words := c.clean.words(firstGiven(r["ErrorDescription"], r["Error"], r["Message"], r["Description"], message(cells[errorColumn])))
		said = append(said, cmp.Or(strings.TrimSpace(words), "Jobpac lists an error without words"))
	}
	return said
}

// about tells whether a row of the error listing names the invoice and, where it
// shows them, its order and WorkID.
func about(r row, key erp.ClaimKey) bool {
	same := func(want string, columns ...string) bool {
		for _, name := range columns {
			if have, carried := r[name]; carried {
				return erp.Code(have) == erp.Code(want)
			}
		}
		return true
	}
	_, long := r["InvoiceNumber"]
	_, short := r["Invoice"]
	return (long || short) && same(key.Invoice, "InvoiceNumber", "Invoice") && same(key.Order, "Agreement", "Order") && same(key.WorkID, "WorkId", "CostingWorkId")
}
