package procoresim

import "net/http"

// How sure a path or a behaviour is.
const (
	Documented = "documented" // stated by Procore
	Seen       = "seen"       // found in public code or in a catalogue made from Procore's own definition
	Inferred   = "inferred"   // concluded from something seen or documented
	Assumed    = "assumed"    // a guess, for the simulator only
)

// handler is the work behind one path. It runs while Sim.mu is held.
type handler func(s *Sim, k *call) (reply, error)

// Endpoint is one row of the table of paths. Path writes parameters with a colon.
type Endpoint struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Tag    string `json:"tag"`
	Note   string `json:"note,omitempty"`
	handle handler
}

// Bases of the paths.
const (
	v1Company = "/rest/v1.0/companies/:company"
	v2Company = "/rest/v2.0/companies/:company"
	v2Project = v2Company + "/projects/:project"
	v1Hooks   = "/rest/v1.0/webhooks/hooks"
)

// endpoints is the one table of every path that is served and how sure each is.
func endpoints() []Endpoint {
	var list []Endpoint
	for _, part := range [][]Endpoint{oauthPaths(), erpPaths(), erpConnectionPaths(), commitmentPaths(), changePaths(), hookPathsV1(), hookPathsV2(v2Company), hookPathsV2(v2Project),
		importPaths()} {
		list = append(list, part...)
	}
	return list
}

func oauthPaths() []Endpoint {
	return []Endpoint{
		{http.MethodPost, "/oauth/token", Documented, "body of a refusal is inferred", (*Sim).issueToken},
		{http.MethodPost, "/oauth/revoke", Documented, "", (*Sim).revokeToken},
		{http.MethodGet, "/oauth/token/info", Seen, "", (*Sim).showToken},
		{http.MethodGet, "/rest/v1.0/me", Documented, "", (*Sim).showMe},
	}
}

func erpPaths() []Endpoint {
	return []Endpoint{
		{http.MethodGet, v1Company + "/erp_requests", Inferred, "collection of the show; filters are assumed", (*Sim).listRequests},
		{http.MethodGet, v1Company + "/erp_requests/:id", Inferred, "by analogy with erp_request_details", (*Sim).showRequest},
		{http.MethodPatch, v1Company + "/erp_request_details/sync", Documented, "the body is documented once as a bare array", (*Sim).syncDetails},
		{http.MethodPatch, v1Company + "/erp_request_details/:id", Documented, "verb of the older guide", (*Sim).closeDetail},
		{http.MethodPut, v1Company + "/erp_request_details/:id", Documented, "verb of the older dictionary", (*Sim).closeDetail},
		{http.MethodGet, v1Company + "/erp_request_details", Seen, "in a public support tool", (*Sim).listDetails},
		{http.MethodGet, v1Company + "/external_data", Seen, "form of the answer is assumed", (*Sim).showExternal},
		{http.MethodPatch, v1Company + "/external_data/sync", Documented, "", (*Sim).syncExternal},
		{http.MethodDelete, v1Company + "/external_data/bulk_destroy", Seen, "in a public support tool", (*Sim).destroyExternal},
	}
}

func commitmentPaths() []Endpoint {
	list := []Endpoint{
		{http.MethodGet, "/rest/v1.0/commitments", Seen, "", listCommitments(kindAny)},
		{http.MethodGet, "/rest/v1.0/commitments/:id", Seen, "", showCommitment(kindAny)},
		{http.MethodGet, v2Project + "/commitment_contracts", Seen, "fields of the answer are assumed", (*Sim).listContracts},
		{http.MethodGet, v2Project + "/commitment_contracts/:id", Seen, "fields of the answer are assumed", (*Sim).showContract},
		{http.MethodGet, v2Project + "/commitment_contracts/:id/line_items", Seen, "", (*Sim).listContractLines},
	}
	for _, kind := range []string{kindPurchaseOrder, kindWorkOrder} {
		base := "/rest/v1.0/" + kind + "s"
		list = append(list,
			Endpoint{http.MethodGet, base, Seen, "lines only in the extended view is assumed", listCommitments(kind)},
			Endpoint{http.MethodGet, base + "/:id", Seen, "", showCommitment(kind)},
			Endpoint{http.MethodPatch, base + "/:id", Seen, "", updateCommitment(kind)},
			Endpoint{http.MethodGet, base + "/:id/line_items", Seen, "", listCommitmentLines(kind)},
		)
	}
	return list
}

func changePaths() []Endpoint {
	const newer = "/rest/v1.0/projects/:project/commitment_change_orders"
	return []Endpoint{
		{http.MethodGet, "/rest/v1.0/change_order_packages", Seen, "", listChanges(packages())},
		{http.MethodGet, "/rest/v1.0/change_order_packages/:id", Seen, "", showChange(packages())},
		{http.MethodGet, "/rest/v1.0/potential_change_orders", Seen, "", listChanges(potentials())},
		{http.MethodGet, "/rest/v1.0/potential_change_orders/:id", Seen, "", showChange(potentials())},
		{http.MethodGet, "/rest/v1.0/potential_change_orders/:id/line_items", Seen, "", (*Sim).listPotentialLines},
		{http.MethodGet, "/rest/v1.0/change_order_requests", Seen, "three tiers only", listChanges(changeRequests())},
		{http.MethodGet, "/rest/v1.0/change_order_requests/:id", Seen, "three tiers only", showChange(changeRequests())},
		{http.MethodGet, newer, Seen, "one and two tiers only", listChanges(commitmentChanges())},
		{http.MethodGet, newer + "/:id", Seen, "one and two tiers only", showChange(commitmentChanges())},
		{http.MethodGet, v2Project + "/commitment_change_orders/:id/line_items", Seen, "", (*Sim).listChangeLinesV2},
	}
}

func hookPathsV1() []Endpoint {
	const one = v1Hooks + "/:hook"
	return []Endpoint{
		{http.MethodPost, v1Hooks, Documented, "", (*Sim).createHookV1},
		{http.MethodGet, v1Hooks, Documented, "", (*Sim).listHooksV1},
		{http.MethodPatch, one, Documented, "", (*Sim).patchHookV1},
		{http.MethodDelete, one, Documented, "body of the answer is assumed", (*Sim).deleteHookV1},
		{http.MethodPost, one + "/triggers", Documented, "", (*Sim).createTriggerV1},
		{http.MethodGet, one + "/triggers", Documented, "", (*Sim).listTriggersV1},
		{http.MethodPost, one + "/triggers/bulk", Seen, "", (*Sim).bulkTriggersV1},
		{http.MethodDelete, one + "/triggers/bulk", Seen, "name of the list of ids is assumed", (*Sim).bulkTriggersV1},
		{http.MethodDelete, one + "/triggers/:trigger", Documented, "", (*Sim).deleteTriggerV1},
		{http.MethodGet, one + "/deliveries", Documented, "one row for each delivery is assumed", (*Sim).listDeliveriesV1},
		{http.MethodGet, "/rest/v1.0/webhooks/resources", Documented, "", (*Sim).listResourcesV1},
		{http.MethodGet, "/rest/v1.0/webhooks/resources/api_versions", Seen, "", (*Sim).listVersions},
	}
}

func hookPathsV2(base string) []Endpoint {
	hooks := base + "/webhooks/hooks"
	one := hooks + "/:hook"
	return []Endpoint{
		{http.MethodPost, hooks, Seen, "", (*Sim).createHookV2},
		{http.MethodGet, hooks, Seen, "", (*Sim).listHooksV2},
		{http.MethodGet, one, Seen, "", (*Sim).showHookV2},
		{http.MethodPatch, one, Seen, "", (*Sim).patchHookV2},
		{http.MethodDelete, one, Seen, "", (*Sim).deleteHookV2},
		{http.MethodPost, one + "/triggers", Seen, "", (*Sim).createTriggerV2},
		{http.MethodGet, one + "/triggers", Seen, "", (*Sim).listTriggersV2},
		{http.MethodPost, one + "/triggers/bulk", Seen, "", (*Sim).bulkTriggersV2},
		{http.MethodDelete, one + "/triggers/bulk", Seen, "", (*Sim).bulkTriggersV2},
		{http.MethodDelete, one + "/triggers/:trigger", Seen, "", (*Sim).deleteTriggerV2},
		{http.MethodGet, one + "/deliveries", Seen, "", (*Sim).listDeliveriesV2},
		{http.MethodGet, base + "/webhooks/resources", Seen, "", (*Sim).listResourcesV2},
	}
}

// Assumption is one behaviour that Procore leaves open, and the switch that turns it.
type Assumption struct {
	Setting string `json:"setting,omitempty"`
	Tag     string `json:"tag"`
	Note    string `json:"note"`
}

// assumptions is the table of behaviours beside that of the paths.
func assumptions() []Assumption {
	return []Assumption{
		{"missing_company_status", Inferred, "a call without Procore-Company-Id: 404 was seen by users, a refusal is announced"},
		{"error_shapes", Seen, "bodies of errors differ by call and are not published; names: see shapes"},
		{"retry_after_on_429", Documented, "the documentation says both"},
		{"event_api_version", Seen, "v2 and v2.0 both occur"},
		{"company_hook_project_event", Assumed, "a company hook receives no project events"},
		{"backoff_min_ms", Documented, "1 s to 1 h is documented, doubling is assumed"},
		{"discard_after_ms", Documented, "12 h of failing, then the queue is thrown away"},
		{"second_event_id", Documented, "one change can raise two events with two ids and one time stamp"},
		{"detail_verbs", Documented, "PATCH in one page, PUT in another"},
		{"detail_bulk_body", Documented, "a bare array is printed once, every other sync takes an envelope"},
		{"second_close", Assumed, "a closed detail takes the same status again and refuses another"},
		{"in_progress_status", Assumed, "spelling of the status of an open detail"},
		{"lines_alone", Inferred, "whether an edit of lines also tells of their document: the pages only say that lines are told of"},
		{"invoice_detail", Inferred, "whether create_requisitions has details: the older guide says so, the dictionary shows none"},
		{"request_detail_level", Inferred, "where request_detail_id stands in requests without an example"},
		{"erp_requests_listed", Inferred, "that ERP requests can be listed"},
		{"external_data_show", Assumed, "an object; an array by switch"},
		{"decimals_as_numbers", Seen, "amounts are strings, in some requests numbers"},
		{"number_as_number", Seen, "the number of a change order is a JSON number in an example"},
		{"refuse_reexport", Assumed, "a record under way or synced may be exported again"},
		{"export_checks", Documented, "what a record needs to be sent"},
		{"tiers", Documented, "1, 2 or 3 tiers; what each shows is partly inferred"},
		{"pco_lines_404", Seen, "lines 404 while the record is still listed"},
		{"v2_origin_id", Assumed, "v2 reads show origin_id; that they hide origin_data was seen"},
		{"unknown_columns", Assumed, "a row of a sync call with a name that is no column is refused; ignored, or 406 for the call, by switch"},
		{"reverse_entities", Documented, "the order of entities is not promised"},
		{"register_conflict", Seen, "409 for a business number that another vendor has; that it is the call's is assumed"},
		{"staged_links", Assumed, "a staged record without a documented link becomes invalid"},
		{"job_cost_needs_assignment", Assumed, "a job cost needs the assignment of its cost type"},
		{"budget_second_line", Assumed, "a second line on one budget code without an id is added"},
		{"budget_partial", Assumed, "rows before the refused one of a budget sync are kept or not"},
	}
}

// fixedAssumptions are behaviours that Procore leaves open and that no switch turns.
func fixedAssumptions() []Assumption {
	return []Assumption{
		{"", Assumed, "import of a budget: original estimates of the job costs become manual budget lines, other lines stay"},
		{"", Assumed, "import of a staged project: its estimated dates and value become those of the project"},
		{"", Inferred, "no ERP request tells of an imported prime contract; its webhook does"},
		{"", Assumed, "an item staged under an origin id that is linked already counts as imported"},
		{"", Assumed, "link all: a staged vendor goes to the unlinked company of the same name, letter case aside"},
		{"", Assumed, "a reset job loses assignments and job costs, and is staged again"},
		{"", Assumed, "origin_code is taken from vendors, projects and staged records only"},
		{"", Assumed, "a row that says what is there already raises no event"},
	}
}
