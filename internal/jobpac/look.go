package jobpac

import (
	"context"
	"fmt"
	"net/url"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// look is a question for the records that stand under one key.
type look struct {
	op       operation
	kind     erp.Kind
	params   url.Values
	key      map[erp.Name]string // what a row must show to be an answer
	filtered erp.Name            // a column Jobpac filtered by, so that a row without it still counts
}

// records asks and keeps the rows of the key. A row that does not show a
// column of the key makes the answer unreadable (Transient): a look-up that
// overlooks a record makes a document twice.
func (c *Client) records(ctx context.Context, l look) ([]erp.Row, error) {
	rows, err := c.list(ctx, l.op, l.params)
	if err != nil {
		return nil, err
	}
	var found []erp.Row
	for _, r := range records(l.kind, c.config.ReferenceField, rows) {
		fits, err := l.fits(r)
		if err != nil {
			return nil, fault.New(fault.Transient, l.op.title(), err)
		}
		if fits {
			found = append(found, r)
		}
	}
	return found, nil
}

// fits tells whether a row belongs to the key.
func (l look) fits(r erp.Row) (bool, error) {
	all := true
	for name, want := range l.key {
		have, carried := r.Values[name]
		if !carried && name != l.filtered {
			return false, fmt.Errorf("a row does not show its %s: %w", name, errUnreadable)
		}
		all = all && (!carried || erp.Code(have) == erp.Code(want))
	}
	return all, nil
}

// documents reads headers, and items where there is a header.
func (c *Client) documents(ctx context.Context, headers, items look) ([]erp.Document, error) {
	found, err := c.records(ctx, headers)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	documents := make([]erp.Document, len(found))
	for i, header := range found {
		documents[i].Header = header
	}
	documents[0].Items, err = c.records(ctx, items)
	return documents, err
}
