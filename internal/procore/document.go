package procore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// pathProject shows one project (seen).
const pathProject = "/rest/v1.0/projects/{id}"

// ErrHidden is in the chain of a Transient fault: Procore does not show the
// project, so nothing can be said of its documents. It counts against the
// document: a company's webhooks tell of projects that are none of ours, and they
// must not stop the others.
var ErrHidden = errors.New("the service account is not shown this project")

// Document shows what a webhook's resource names as it is now, in the form of a
// request without a detail whose id is the second of its last change. A change
// order package comes with its commitment; its lines, which name no contract
// line in this call (documented), belong to the one line of the contract with
// their cost code and type, where there is exactly one. A record of a tier below
// shows its package; one that is part of none has no ChangeOrder. A document that Procore
// does not have is told by Direct.Gone, once the project is known to be shown.
func (c *Client) Document(ctx context.Context, resource string, project, id erp.ID) (erp.Request, error) {
	if project <= 0 || id <= 0 {
		return erp.Request{}, fault.New(fault.Permanent, "procore show "+resource, fmt.Errorf("%s of project %s: a hint must name both", id, project))
	}
	r := erp.Request{Company: c.company, Direct: &erp.Direct{Resource: resource, Project: project, ID: id}}
	err := c.document(ctx, &r)
	if !gone(err) {
		return r, err
	}
	if _, err := c.project(ctx, project); err != nil {
		return r, err
	}
	deleted := erp.Direct{Resource: resource, Project: project, ID: id, Gone: true}
	return erp.Request{Company: c.company, Direct: &deleted}, nil
}

// document fills r with what Procore shows.
func (c *Client) document(ctx context.Context, r *erp.Request) error {
	d := r.Direct
	changed, err := "", error(nil)
	switch {
	case erp.LowerTier(d.Resource):
		if changed, err = c.lowerTier(ctx, r); err == nil && r.ChangeOrder == nil {
			return nil
		}
	case strings.EqualFold(d.Resource, erp.ResourceChangePackages):
		changed, err = c.documentOfChange(ctx, r)
	case strings.EqualFold(d.Resource, erp.ResourcePurchaseOrders):
		changed, err = c.documentOfContract(ctx, r, erp.PurchaseOrderContract)
	default:
		changed, err = c.documentOfContract(ctx, r, erp.WorkOrderContract)
	}
	if err != nil || d.Prime {
		return err
	}
	at, err := time.Parse(time.RFC3339, changed)
	if err != nil {
		return fault.New(fault.Transient, "procore show "+d.Resource, fmt.Errorf("%s %s shows no time of its last change: %q", d.Resource, d.ID, clip(changed, 40)))
	}
	r.ID = erp.ID(at.Unix())
	shown, err := c.project(ctx, d.Project)
	r.JobOrigin = cmp.Or(shown.origin(), r.Commitment.Project.Origin)
	return err
}

func (c *Client) documentOfContract(ctx context.Context, r *erp.Request, kind erp.CommitmentType) (changed string, err error) {
	commitment, err := c.Commitment(ctx, kind, r.Direct.Project, r.Direct.ID)
	r.Name, r.Commitment = erp.CreateCommitment, &commitment
	r.Direct.Status, r.CreatedAt = commitment.Status, commitment.CreatedAt
	return commitment.UpdatedAt, err
}

func (c *Client) documentOfChange(ctx context.Context, r *erp.Request) (changed string, err error) {
	change, err := c.ChangeOrder(ctx, r.Direct.Project, r.Direct.ID)
	if err != nil {
		return "", err
	}
	r.Name, r.ChangeOrder = erp.CreateCommitmentChangeOrder, &change
	r.Direct.Status, r.CreatedAt = change.Status, cmp.Or(change.ReviewedAt, change.CreatedAt)
	if r.Direct.Prime = change.Prime; change.Prime {
		return "", nil
	}
	commitment, err := c.contractOf(ctx, r.Direct.Project, change.ContractID)
	if err != nil {
		return "", err
	}
	r.Commitment = &commitment
	if len(change.Lines) == 0 {
		if err := c.linesBelow(ctx, r.Direct.Project, r.ChangeOrder); err != nil {
			return "", err
		}
	}
	match(change.Lines, commitment.Lines)
	return change.UpdatedAt, nil
}

// contractOf shows a change order's commitment, whichever of the two it is. That
// it is not there says nothing of the change order, so the answer is not in the
// chain.
func (c *Client) contractOf(ctx context.Context, project, id erp.ID) (erp.Commitment, error) {
	commitment, err := c.Commitment(ctx, erp.WorkOrderContract, project, id)
	if gone(err) {
		commitment, err = c.Commitment(ctx, erp.PurchaseOrderContract, project, id)
	}
	if gone(err) {
		err = fault.New(fault.Transient, "procore show commitment "+id.String(), errors.New(err.Error())).Saying("Procore does not show the change order's commitment")
	}
	return commitment, err
}

// match gives change order lines the contract line they belong to.
func match(lines, contract []erp.Line) {
	for i := range lines {
		var found []erp.ID
		for _, l := range contract {
			if l.CostCode.ID == lines[i].CostCode.ID && l.CostType.ID == lines[i].CostType.ID {
				found = append(found, l.ID)
			}
		}
		if lines[i].CommitmentLine == 0 && len(found) == 1 {
			lines[i].CommitmentLine = found[0]
		}
	}
}

// gone tells whether Procore says that there is no such record.
func gone(err error) bool {
	var f *StatusError
	return errors.As(err, &f) && f.Status == http.StatusNotFound
}

// hidden tells whether Procore does not show a record, whatever the reason.
func hidden(err error) bool {
	var f *StatusError
	return gone(err) || errors.As(err, &f) && f.Status == http.StatusForbidden
}

// project shows a project; one that is not shown is ErrHidden, without the answer
// in the chain, which says nothing of a document.
func (c *Client) project(ctx context.Context, id erp.ID) (wireProject, error) {
	k := c.get(pathProject, id, url.Values{"company_id": {c.company.String()}})
	shown, err := fetch(ctx, c, k, func(a answer) (wireProject, error) {
		var w wireProject
		if err := json.Unmarshal(a.body, &w, lenient); err != nil {
			return w, errors.New(explain(err))
		}
		return w, nil
	})
	if hidden(err) && !fault.IsSystem(err) {
		err = fault.New(fault.Transient, k.op(), fmt.Errorf("%w: %s", ErrHidden, err)).
			Saying(fmt.Sprintf("Procore does not show project %s to the service account: give it back its permission", id))
	}
	return shown, err
}

// origin is the project's link, empty when it has none.
func (p wireProject) origin() string { return textOf(p.Origin) }
