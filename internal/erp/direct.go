package erp

import "strings"

// Direct tells of a document that was read in Procore by itself, because the
// company does not use the ERP tool or a change was told of the document itself.
// Its Request has no detail, and as id the moment of its last change in seconds,
// so that a later state counts as a newer request.
type Direct struct {
	Resource string // as webhooks name it: Purchase Order Contracts
	Project  ID
	ID       ID
	Status   string // as Procore shows it
	Gone     bool   // it was deleted; nothing else is filled in
	Prime    bool   // it is a change order of a prime contract, which no webhook brings into Jobpac; only the change order is filled in
}

// The resources whose webhooks tell of documents.
const (
	ResourcePurchaseOrders = "Purchase Order Contracts"
	ResourceWorkOrders     = "Work Order Contracts"
	ResourceChangePackages = "Change Order Packages"
)

// Gone tells whether the request is of a document that was deleted in Procore.
func (r Request) Gone() bool { return r.Direct != nil && r.Direct.Gone }

// Approved tells whether the document is approved, as Procore words that in
// several cases.
func (d Direct) Approved() bool { return strings.EqualFold(strings.TrimSpace(d.Status), "approved") }

// Ended tells whether the document was voided or terminated.
func (d Direct) Ended() bool {
	switch strings.ToLower(strings.TrimSpace(d.Status)) {
	case "void", "terminated":
		return true
	}
	return false
}

// DirectResource tells whether webhooks of that resource tell of documents that
// are read by themselves.
func DirectResource(name string) bool {
	for _, r := range []string{ResourcePurchaseOrders, ResourceWorkOrders, ResourceChangePackages} {
		if strings.EqualFold(name, r) {
			return true
		}
	}
	return false
}
