package erp

import (
	"encoding/json"
	"slices"
	"strings"
)

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

// The tiers below a change order package, which is the one that goes to the ERP
// (documented): with one tier a potential change order stands beside each
// package, with two they stand on it, with three on a change order request of it.
const (
	ResourcePotentialChanges = "Potential Change Orders"
	ResourceChangeRequests   = "Change Order Requests"
)

// The resources whose webhooks tell of lines (seen).
const (
	ResourcePurchaseLines  = "Purchase Order Contract Line Items"
	ResourceWorkLines      = "Work Order Contract Line Items"
	ResourcePotentialLines = "Potential Change Order Line Items"
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
	return LowerTier(name)
}

// LowerTier tells whether a resource is a tier below change order packages.
func LowerTier(name string) bool {
	return strings.EqualFold(name, ResourcePotentialChanges) || strings.EqualFold(name, ResourceChangeRequests)
}

// HeaderOf is the resource of the documents on which the lines of a resource
// stand; empty: it is none of lines.
func HeaderOf(lines string) string {
	for line, header := range map[string]string{
		ResourcePurchaseLines: ResourcePurchaseOrders, ResourceWorkLines: ResourceWorkOrders, ResourcePotentialLines: ResourcePotentialChanges,
	} {
		if strings.EqualFold(lines, line) {
			return header
		}
	}
	return ""
}

// related is an entry of related_resources (documented).
type related struct {
	ID   json.RawMessage `json:"id"`
	Name string          `json:"name"`
}

// ParentIn reads the document of a line from what a webhook lists as related: the
// one that is named like its resource, else the only one. 0: none can be told.
func ParentIn(list []byte, resource string) ID {
	var all []related
	header := HeaderOf(resource)
	if header == "" || json.Unmarshal(list, &all) != nil {
		return 0
	}
	at := slices.IndexFunc(all, func(r related) bool { return strings.EqualFold(strings.TrimSuffix(r.Name, "s")+"s", header) })
	if at < 0 && len(all) != 1 {
		return 0
	}
	id, err := ParseID(strings.Trim(string(all[max(at, 0)].ID), `"`))
	if err != nil {
		return 0
	}
	return id
}
