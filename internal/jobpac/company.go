package jobpac

import (
	"context"
	"net/url"

	"github.com/procpac/procpac/internal/erp"
)

// creditor reads one creditor; nil when there is none.
func (c *Client) creditor(ctx context.Context, key erp.CreditorKey) (*erp.Creditor, error) {
	if key.Creditor == "" {
		return nil, nil
	}
	return c.creditors.get(ctx, key.Origin(), func(ctx context.Context) (*erp.Creditor, bool, error) {
		op := creditorListing()
		rows, err := c.list(ctx, op, url.Values{"CreditorWorkId": {key.WorkID}, "Creditor": {key.Creditor}})
		for _, r := range rows {
			fits, errFits := wanted(op, r, "CreditorWorkId", key.WorkID, map[string]string{"Creditor": key.Creditor})
			if errFits != nil {
				return nil, false, errFits
			}
			if fits {
				return c.readCreditor(key, r), true, nil
			}
		}
		return nil, false, err
	})
}

// readCreditor reads an answer row. That a creditor shows these columns is
// assumed; they are parameters of its create and update calls (documented).
func (c *Client) readCreditor(key erp.CreditorKey, r row) *erp.Creditor {
	creditor := &erp.Creditor{
		Key: key, Name: r["Name"], StopPayments: tristate(r, "StopPayments"), Status: r["Status"], Currency: r["Currency"],
	}
	switch c.letters.of("creditor", creditor.Status) {
	case LetterStopped, LetterComplete:
		creditor.StopPayments = erp.Yes
	case LetterOpen:
		creditor.StopPayments = ifUnshown(creditor.StopPayments, erp.No)
	}
	return creditor
}

// creditorSource is how all creditors are read. No range of creditor codes can
// be asked (documented), so a long list is read by the time of its last change
// and, where many creditors have one and the same time, by flags and letters.
func creditorSource() source {
	return source{
		kind: KindCreditor, op: creditorListing(), work: "CreditorWorkId", works: []string{"CreditorWorkId"},
		must: []string{"Creditor"}, id: []string{"Creditor"}, changed: "LastUpdateTimestamp",
		axes: []axis{
			stamps("LastUpdateTimestamp"), flag("Subcontractor"), flag("ActiveSubcontractsExist"), stamps("LastSubcontractUpdate"), status("Status", "Status"),
		},
		shown: append([]cell{
			text(erp.ColCreditorWork, "CreditorWorkId"), text(erp.ColCreditor, "Creditor"), text(erp.ColName, "Name"), text(erp.ColStatus, "Status"),
			yesNo(erp.ColActive, "Active"), yesNo(erp.ColStopPayments, "StopPayments"), text(erp.ColABN, "ABN"),
			text(erp.ColACN, "ACN", "AustralianCompanyNumber"), text(erp.ColFax, "Fax", "FaxNumber"), text(erp.ColEmail, "EmailAddress", "Email"),
			text(erp.ColCurrency, "Currency"), text(erp.ColTerms, "Terms"), text(erp.ColGSTCode, "GSTCode"), moment(erp.ColChanged, "LastUpdateTimestamp"),
		}, addressCells()...),
	}
}
