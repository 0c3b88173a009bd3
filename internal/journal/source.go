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

// Hint is the event that makes a worker look at the effect again, but for its
// id, times and source, which are the caller's. ok is false where nothing is
// known that a worker could read.
func (e Effect) Hint() (hint erp.Event, ok bool) {
	switch {
	case e.Plan.Source != nil:
		hint = e.Plan.Source.Event()
	case e.Request != 0 && e.Kind() != KindImport:
		hint = erp.Event{Resource: erp.ResourceRequests, ResourceID: erp.ID(e.Request), Action: "create"}
	default:
		return erp.Event{}, false
	}
	hint.Connection, hint.Company = e.Connection, erp.ID(e.Company)
	return hint, true
}
