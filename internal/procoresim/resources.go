package procoresim

import (
	"slices"
	"strings"
)

// The scopes a webhook resource can have.
const (
	scopeCompany = "company"
	scopeProject = "project"
)

// The payload formats of v2 hooks.
const (
	payloadV2 = "v2.0"
	payloadV3 = "v3.0"
	payloadV4 = "v4.0"
)

// resource is one entry of the webhook catalogue (seen in a sandbox answer).
type resource struct {
	name, scope, category string
	actions               []string
}

// catalogue is the part of Procore's list that has to do with money.
func catalogue() []resource {
	all, some := []string{"create", "update", "delete"}, []string{"create", "update"}
	list := []resource{
		{"ERP Requests", scopeCompany, "ERP", all}, {"Company Vendors", scopeCompany, "Directory", some}, {"Projects", scopeCompany, "Portfolio", some},
		{"Line Item Types", scopeCompany, "Cost", all}, {"Standard Cost Codes", scopeCompany, "Cost", all},
		{"Standard Cost Code Lists", scopeCompany, "Cost", []string{"create"}}, {"Project Vendors", scopeProject, "Directory", []string{"create", "delete"}},
		{"Budget View Snapshots", scopeProject, "Budget", []string{"create"}},
	}
	for category, names := range map[string][]string{
		"Commitments":   {"Purchase Order Contracts", "Purchase Order Contract Line Items", "Work Order Contracts", "Work Order Contract Line Items"},
		"Change Orders": {"Change Order Packages", "Change Order Requests", "Potential Change Orders", "Potential Change Order Line Items"},
		"Prime":         {"Prime Contracts", "Prime Contract Line Items", "Payment Applications", "Contract Payments"},
		"Budget":        {"Budget Line Items", "Budget Changes", "Budget Modifications", "Cost Codes", "Direct Costs", "Direct Cost Line Items"},
	} {
		for _, name := range names {
			list = append(list, resource{name, scopeProject, category, all})
		}
	}
	slices.SortFunc(list, func(a, b resource) int { return strings.Compare(a.category+a.name, b.category+b.name) })
	return list
}

// resourceScope is cheap because it is asked for every event.
func resourceScope(name string) string {
	switch name {
	case "ERP Requests", "Company Vendors", "Projects", "Line Item Types", "Standard Cost Codes", "Standard Cost Code Lists":
		return scopeCompany
	}
	return scopeProject
}

// offered says whether the catalogue has the resource with the event type.
func offered(name, eventType string) bool {
	return slices.ContainsFunc(catalogue(), func(r resource) bool { return r.name == name && contains(r.actions, eventType) })
}

// listResourcesV1 is GET /rest/v1.0/webhooks/resources. The published schema forgets the resource name; an answer was seen that had it.
func (s *Sim) listResourcesV1(k *call) (reply, error) {
	list := []obj{}
	for _, r := range catalogue() {
		row := obj{"resource_name": r.name, "api_version": "v2", "product_category": r.category, "tools": []string{r.category}, "except": []string{}}
		for _, action := range []string{"create", "update", "delete"} {
			row[action] = nil
			if contains(r.actions, action) {
				row[action] = "sent after a record was changed so: " + action
			} else {
				row["except"] = append(row["except"].([]string), action)
			}
		}
		list = append(list, row)
	}
	return ok(list)
}

// listVersions is GET /rest/v1.0/webhooks/resources/api_versions.
func (s *Sim) listVersions(k *call) (reply, error) { return ok([]string{"v2", "v3", "v4"}) }

// listResourcesV2 is GET …/webhooks/resources of v2, for the scope of the path.
func (s *Sim) listResourcesV2(k *call) (reply, error) {
	version := k.query.Get("payload_version")
	if _, known := payloadVersion(version); !known {
		return reply{}, badRequest("payload_version", "is required: v2.0, v3.0 or v4.0")
	}
	want := scopeCompany
	if k.Param("project") != "" {
		want = scopeProject
	}
	list := []obj{}
	for _, r := range catalogue() {
		if r.scope == want {
			list = append(list, obj{"category": r.category, "tool": r.category, "name": r.name, "payload_version": version, "actions": r.actions})
		}
	}
	return ok(obj{"data": list})
}
