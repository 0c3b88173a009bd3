package procore

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// A project has one, two or three tiers of change orders (documented). The top
// one, the package, is what goes to the ERP. Its lines stand on potential change
// orders below it; with three tiers those hang on a change order request, which
// hangs on the package.

// wireTier is a potential change order or a change order request (seen).
type wireTier struct {
	ID       recordID   `json:"id"`
	Package  recordID   `json:"change_order_package_id"` // of a potential change order only inferred
	Request  recordID   `json:"change_order_request_id"`
	Contract recordID   `json:"contract_id"`
	Status   word       `json:"status"`
	Lines    []wireLine `json:"line_items"`
}

func (w wireTier) id() erp.ID { return erp.ID(w.ID) }

// packageOf is the package to which a record of a lower tier belongs; 0: none, or
// the record is not shown.
func (c *Client) packageOf(ctx context.Context, resource string, project, id erp.ID) (erp.ID, error) {
	path := pathPotentialChanges
	if strings.EqualFold(resource, erp.ResourceChangeRequests) {
		path = pathChangeRequests
	}
	for w, err := range c.tiers(ctx, path, project, "filters[id]", id) {
		switch {
		case err != nil:
			return 0, err
		case w.id() != id:
			continue
		case w.Package != 0 || w.Request == 0 || path == pathChangeRequests:
			return erp.ID(w.Package), nil
		}
		return c.packageOf(ctx, erp.ResourceChangeRequests, project, erp.ID(w.Request))
	}
	return 0, nil
}

// tiers lists records of a lower tier. The filter only makes the list short: the
// reader looks at each row, since a filter that Procore does not know is passed
// over (assumed).
func (c *Client) tiers(ctx context.Context, path string, project erp.ID, filter string, value erp.ID) func(func(wireTier, error) bool) {
	query := url.Values{"project_id": {project.String()}, filter: {value.String()}, "per_page": {strconv.Itoa(perPage)}}
	return rowsOf(ctx, c, path, query, wireTier.id)
}

// linesBelow gives a package that shows no lines those of its potential change
// orders, in the order of their list. One that was voided brings none. That one is
// not there says nothing of the package, so the answer is not in the chain.
func (c *Client) linesBelow(ctx context.Context, project erp.ID, change *erp.ChangeOrder) error {
	err := c.readBelow(ctx, project, change)
	if gone(err) {
		err = fault.New(fault.Transient, "procore show lines of change order "+change.ID.String(), errors.New(err.Error())).Saying("Procore does not show the potential change orders of the change order")
	}
	return err
}

func (c *Client) readBelow(ctx context.Context, project erp.ID, change *erp.ChangeOrder) error {
	requests, unshown, err := c.requestsOf(ctx, project, change)
	if err != nil {
		return err
	}
	for w, err := range c.tiers(ctx, pathPotentialChanges, project, "contract_id", change.ContractID) {
		switch {
		case err != nil:
			return err
		case w.Package == 0 && w.Request != 0 && unshown != nil:
			return unshown
		case erp.ID(w.Package) != change.ID && !requests[w.Request] || strings.EqualFold(string(w.Status), "void"):
			continue
		}
		lines, err := c.linesOfPotential(ctx, project, w)
		if err != nil {
			return err
		}
		change.Lines = append(change.Lines, lines...)
	}
	return nil
}

// requestsOf are the change order requests of a package. A project of fewer tiers
// may not show any: unshown is why, for when one is needed.
func (c *Client) requestsOf(ctx context.Context, project erp.ID, change *erp.ChangeOrder) (of map[recordID]bool, unshown, err error) {
	of = map[recordID]bool{}
	for w, err := range c.tiers(ctx, pathChangeRequests, project, "contract_id", change.ContractID) {
		if hidden(err) && !fault.IsSystem(err) {
			return of, err, nil
		}
		if err != nil {
			return nil, nil, err
		}
		of[w.ID] = erp.ID(w.Package) == change.ID
	}
	return of, nil, nil
}

// linesOfPotential shows the lines of one potential change order. The show call
// is asked: the list of its lines was seen to fail.
func (c *Client) linesOfPotential(ctx context.Context, project erp.ID, below wireTier) ([]erp.Line, error) {
	query := url.Values{"project_id": {project.String()}, "contract_id": {erp.ID(below.Contract).String()}}
	k := c.get(pathPotentialChange, below.id(), query)
	return fetch(ctx, c, k, func(a answer) ([]erp.Line, error) {
		var w wireTier
		if err := json.Unmarshal(a.body, &w); err != nil {
			return nil, errors.New(explain(err))
		}
		if w.ID != below.ID {
			return nil, fmt.Errorf("it shows potential change order %d instead of %d", w.ID, below.ID)
		}
		return packageLines(w.Lines)
	})
}

// packageLines reads lines that carry no amount of their own: the extended
// amount, before tax, stands for it (assumed).
func packageLines(rows []wireLine) ([]erp.Line, error) {
	for i := range rows {
		if line := &rows[i]; !erp.Decimal(line.Amount).Given() {
			line.Amount = line.Extended
		}
	}
	return lineNouns("line_items", rows)
}

// lowerTier makes the document of a lower tier's record: that of its package.
// Without one it shows nothing but what was asked for.
func (c *Client) lowerTier(ctx context.Context, r *erp.Request) (changed string, err error) {
	id, err := c.packageOf(ctx, r.Direct.Resource, r.Direct.Project, r.Direct.ID)
	if err != nil || id == 0 {
		return "", err
	}
	r.Direct.Resource, r.Direct.ID = erp.ResourceChangePackages, id
	return c.documentOfChange(ctx, r)
}
