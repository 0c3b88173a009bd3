package procore

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/procpac/procpac/internal/erp"
	"github.com/procpac/procpac/internal/fault"
)

// Remove deletes a standard cost code, a cost type, a cost code, an assignment
// or a job cost; the last three need their project. One that is not there, or
// not visible to us, is no error. Other types are Permanent.
func (c *Client) Remove(ctx context.Context, t erp.EntryType, project, id erp.ID) error {
	path, ofProject, ok := removal(t)
	k := call{method: http.MethodDelete, path: fill(path, c.company, id), query: url.Values{"company_id": {c.company.String()}}, busy: true}
	switch {
	case !ok:
		return fault.New(fault.Permanent, "procore remove "+string(t), errors.New("records of this type are not removed"))
	case id <= 0 || ofProject && project <= 0:
		return fault.New(fault.Permanent, "procore remove "+string(t), errors.New("it needs an id, and its project where it has one"))
	case ofProject:
		k.query.Set("project_id", project.String())
	}
	_, err := fetch(ctx, c, k, func(answer) (struct{}, error) { return struct{}{}, nil })
	var refused *StatusError
	if errors.As(err, &refused) && (refused.Status == http.StatusNotFound || refused.Status == http.StatusGone) {
		return nil
	}
	return err
}

// removal is the path of a type, and whether it belongs to a project.
func removal(t erp.EntryType) (path string, ofProject, ok bool) {
	switch t {
	case erp.EntryStandardCode:
		return pathStandardCode, false, true
	case erp.EntryCostType:
		return pathCostType, false, true
	case erp.EntryCostCode:
		return pathCostCode, true, true
	case erp.EntryAssignment:
		return pathAssignment, true, true
	case erp.EntryJobCost:
		return pathJobCost, true, true
	}
	return "", false, false
}
