package procore

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/procpac/procpac/internal/erp"
)

// Approved lists the approved commitments and commitment change orders, changed
// since then, of every project that is linked to the ERP; a zero time lists
// all. Projects come in Procore's order, of each the purchase orders, the
// subcontracts and the change orders.
//
// A list that is refused for one project is erp.ErrNotShown with the project's
// name, and the sequence goes on with the next project: permissions differ by
// project (documented). After any other error it ends. The fields of a row are
// those of the show calls (seen); that lists carry origin_id and grand_total is
// inferred from that.
func (c *Client) Approved(ctx context.Context, since time.Time) iter.Seq2[erp.Approval, error] {
	return func(yield func(erp.Approval, error) bool) {
		for p, err := range c.projects(ctx) {
			if err != nil {
				yield(erp.Approval{}, notShown(err))
				return
			}
			if p.linked() && !c.approvedOf(ctx, p, since, yield) {
				return
			}
		}
	}
}

// wireProject is a row of the list of projects (seen).
type wireProject struct {
	ID     recordID       `json:"id"`
	Name   prose          `json:"name"`
	Origin jsontext.Value `json:"origin_id"`
}

// linked is false where Procore says that the project has no link; a row that
// says nothing about it is looked into.
func (p wireProject) linked() bool { return len(p.Origin) == 0 || textOf(p.Origin) != "" }

// projects lists the projects that the service account may see.
func (c *Client) projects(ctx context.Context) iter.Seq2[wireProject, error] {
	query := url.Values{"company_id": {c.company.String()}, "per_page": {strconv.Itoa(perPage)}}
	return rowsOf(ctx, c, pathProjects, query, func(p wireProject) erp.ID { return erp.ID(p.ID) })
}

// rowsOf walks a v1 list.
func rowsOf[T any](ctx context.Context, c *Client, path string, query url.Values, id func(T) erp.ID) iter.Seq2[T, error] {
	return pages(func(number int) (onePage[T], error) {
		query.Set("page", strconv.Itoa(number))
		return fetch(ctx, c, c.get(path, 0, query), func(a answer) (onePage[T], error) {
			rows, err := decodeRows[T](a.body)
			for i, row := range rows {
				if id(row) <= 0 {
					return onePage[T]{}, fmt.Errorf("line %d: id must be there", i+1)
				}
			}
			return onePage[T]{rows: rows, more: follows(a.header, number, len(rows))}, err
		})
	}, id)
}

// approvedOf lists one project; false: the reader wants no more, or the
// sequence has ended.
func (c *Client) approvedOf(ctx context.Context, p wireProject, since time.Time, yield func(erp.Approval, error) bool) bool {
	for _, l := range approvalLists() {
		for w, err := range rowsOf(ctx, c, l.path, c.approvalQuery(p, l, since), wireApproval.id) {
			if err != nil {
				err = fmt.Errorf("project %s %s: %w", erp.ID(p.ID), clip(oneLine(string(p.Name)), 60), notShown(err))
				return yield(erp.Approval{}, err) && errors.Is(err, erp.ErrNotShown)
			}
			if l.wants(w) && !yield(w.noun(l, erp.ID(p.ID)), nil) {
				return false
			}
		}
	}
	return true
}

// approvalList is one of the lists of a project in which approvals stand.
type approvalList struct {
	path   string
	kind   string
	of     erp.CommitmentType
	status string // what Procore is asked for; empty: the list knows no such filter
}

func approvalLists() []approvalList {
	return []approvalList{
		{path: pathPurchaseOrders, kind: erp.ApprovedCommitment, of: erp.PurchaseOrderContract, status: "Approved"},
		{path: pathWorkOrders, kind: erp.ApprovedCommitment, of: erp.WorkOrderContract, status: "Approved"},
		{path: pathChangeOrders, kind: erp.ApprovedChangeOrder},
	}
}

// wants passes what is approved and belongs to a commitment: the list of change
// orders holds those of prime contracts too (seen).
func (l approvalList) wants(w wireApproval) bool {
	return strings.EqualFold(string(w.Status), "approved") && !ofPrime(w.Type)
}

// approvalQuery filters as far as Procore can.
func (c *Client) approvalQuery(p wireProject, l approvalList, since time.Time) url.Values {
	query := url.Values{"project_id": {erp.ID(p.ID).String()}, "per_page": {strconv.Itoa(perPage)}}
	if l.status != "" {
		query.Set("filters[status]", l.status)
	}
	if !since.IsZero() {
		query.Set("filters[updated_at]", span(since, c.now().Add(time.Hour)))
	}
	return query
}

// wireApproval is the head of a commitment or change order in a list (seen).
type wireApproval struct {
	ID         recordID `json:"id"`
	Contract   recordID `json:"contract_id"`
	Type       word     `json:"type"`
	Number     word     `json:"number"`
	Title      prose    `json:"title"`
	Status     word     `json:"status"`
	Total      decimal  `json:"grand_total"`
	Origin     word     `json:"origin_id"`
	CreatedAt  moment   `json:"created_at"`
	UpdatedAt  moment   `json:"updated_at"`
	ReviewedAt moment   `json:"reviewed_at"`
}

func (w wireApproval) id() erp.ID { return erp.ID(w.ID) }

func (w wireApproval) noun(l approvalList, project erp.ID) erp.Approval {
	return erp.Approval{
		Kind: l.kind, Type: l.of, ID: erp.ID(w.ID), Project: project, Contract: erp.ID(w.Contract),
		Number: string(w.Number), Title: string(w.Title), Status: string(w.Status), Total: erp.Decimal(w.Total), Origin: string(w.Origin),
		CreatedAt: string(w.CreatedAt), UpdatedAt: string(w.UpdatedAt), ApprovedAt: string(w.ReviewedAt),
	}
}
