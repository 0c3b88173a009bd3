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
