package jobpac

import (
	"context"
	"maps"
	"net/url"

	"github.com/procpac/procpac/internal/erp"
)

// longListing is how many rows make us ask whether a listing was cut. The cap
// itself is not public (assumed: 2,000).
const longListing = 500

// Variations reads a variation of a job's register with its items; without a
// number, the headers of the whole register. A number that stands twice gives
// two documents, all items with the first. Nothing there is an empty Book.
func (c *Client) Variations(ctx context.Context, key erp.VariationKey) (erp.Book, error) {
	key.WorkID = firstGiven(key.WorkID, c.config.WorkID)
	headers := look{
		op: variationListing(), kind: erp.KindVariation, params: url.Values{"CostingWorkId": {key.WorkID}, "Job": {key.Job}},
		key: map[erp.Name]string{erp.ColWorkID: key.WorkID, erp.ColJob: key.Job}, filtered: erp.ColWorkID,
	}
	if key.Variation == "" {
		return c.wholeRegister(ctx, headers)
	}
	headers.params.Set("Variation", key.Variation)
	headers.key[erp.ColVariation] = key.Variation
	items := headers
	items.op, items.kind = variationItemListing(), erp.KindVariationItem
	documents, err := c.documents(ctx, headers, items)
	if err != nil {
		return erp.Book{}, err
	}
	return erp.Book{Documents: documents}, nil
}

// wholeRegister lists a job's variations. Where the listing is long it may
// have been cut: it is asked again from its last number on, until nothing new
// comes.
func (c *Client) wholeRegister(ctx context.Context, l look) (erp.Book, error) {
	var book erp.Book
	seen := map[string]bool{}
	for {
		found, err := c.records(ctx, l)
		if err != nil {
			return erp.Book{}, err
		}
		fresh := false
		for _, header := range found {
			number := erp.Code(header.Get(erp.ColVariation))
			if !seen[number] {
				seen[number], fresh = true, true
				book.Documents = append(book.Documents, erp.Document{Header: header})
			}
		}
		if len(found) < longListing || !fresh {
			return book, nil
		}
		l.params = maps.Clone(l.params)
		l.params.Set("StartVariation", erp.Code(found[len(found)-1].Get(erp.ColVariation)))
	}
}
