package journal

import "github.com/procpac/procpac/internal/erp"

// Source names the Procore record of an effect that no ERP request brought: it
// is read by itself.
type Source struct {
	Resource string `json:"resource"` // Purchase Order Contracts
	Project  int64  `json:"project"`  // in Procore
	ID       int64  `json:"id"`
}

// Event is the hint that makes a worker read the record.
func (s Source) Event() erp.Event {
	return erp.Event{Resource: s.Resource, ResourceID: erp.ID(s.ID), Project: erp.ID(s.Project), Action: "update"}
}

// ByRequest tells whether the last who asked for the effect was an ERP request,
// not a document that was read by itself.
func (e Effect) ByRequest() bool {
	return e.Request != 0 && (e.Plan.Source == nil || e.Detail != 0)
}

// Hint is the event that makes a worker look at the effect again, but for its
// id, times and source, which are the caller's. ok is false where nothing is
// known that a worker could read.
func (e Effect) Hint() (hint erp.Event, ok bool) {
	switch {
	case e.Plan.Source != nil && !e.ByRequest():
		hint = e.Plan.Source.Event()
	case e.Request != 0 && e.Kind() != KindImport:
		hint = erp.Event{Resource: erp.ResourceRequests, ResourceID: erp.ID(e.Request), Action: "create"}
	default:
		return erp.Event{}, false
	}
	hint.Connection, hint.Company = e.Connection, erp.ID(e.Company)
	return hint, true
}
