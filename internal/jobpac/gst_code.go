package jobpac

import (
	"context"
	"net/url"

	"github.com/procpac/procpac/internal/erp"
)

// GSTCodes lists the GST codes of a WorkID; empty: the connection's. That rows
// name them GSTCode, as the books of the simulator do, is assumed.
func (c *Client) GSTCodes(ctx context.Context, workID string) ([]string, error) {
	op := gstCodeListing()
	rows, err := c.list(ctx, op, url.Values{"WorkId": {firstGiven(workID, c.config.WorkID)}})
	if err != nil {
		return nil, err
	}
	var codes []string
	for _, r := range rows {
		fits, err := wanted(op, r, "WorkId", firstGiven(workID, c.config.WorkID), nil)
		if err != nil {
			return nil, err
		}
		if code := erp.Code(r["GSTCode"]); fits && code != "" {
			codes = append(codes, code)
		}
	}
	return codes, nil
}

// gstCodeSource is how GST codes are read, all at once: there is no range of
// them (documented).
func gstCodeSource() source {
	return source{
		kind: KindGSTCode, op: gstCodeListing(), work: "WorkId", works: []string{"WorkId"}, must: []string{"GSTCode"}, id: []string{"GSTCode"},
		shown: []cell{
			text(erp.ColWorkID, "WorkId"), text(erp.ColGSTCode, "GSTCode"), text(erp.ColDescription, "Description"), text(erp.ColTaxPercent, "TaxPercentage"),
		},
	}
}
