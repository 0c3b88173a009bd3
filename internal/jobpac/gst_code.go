package jobpac

import (
	"context"
	"net/url"

	"github.com/procpac/procpac/internal/erp"
)

// GSTCodes lists the GST codes of a WorkID; empty: the connection's. That rows
// name them GSTCode, as the books of the simulator do, is assumed.
func (c *Client) GSTCodes(ctx context.Context, workID string) ([]string, error) {
	op := listing("/GSTCodeListing", []string{"WorkId"})
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
