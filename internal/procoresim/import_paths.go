package procoresim

import "net/http"

// importPaths are the calls of imports into Procore: what is written, what is read back, what is deleted.
func importPaths() []Endpoint {
	var list []Endpoint
	for _, part := range [][]Endpoint{companyImportPaths(), codePaths(), projectImportPaths(), primePaths(), budgetPaths(), stagedPaths()} {
		list = append(list, part...)
	}
	return list
}

func companyImportPaths() []Endpoint {
	const vendors, projects, taxes = "/rest/v1.0/vendors", "/rest/v1.0/projects", "/rest/v1.0/tax_codes"
	return []Endpoint{
		{http.MethodPatch, vendors + "/sync", Documented, "409 for a taken business number is seen, which rows are then kept is assumed", (*Sim).syncVendors},
		{http.MethodGet, vendors, Seen, "that inactive ones are listed is assumed", (*Sim).listVendors},
		{http.MethodPatch, vendors + "/:id", Seen, "422 while linked", (*Sim).updateVendor},
		{http.MethodPatch, projects + "/sync", Documented, "", (*Sim).syncProjects},
		{http.MethodGet, projects, Seen, "that the list shows origin ids, and forbidden projects, and without by_status active ones, is assumed", (*Sim).listProjects},
		{http.MethodGet, projects + "/:id", Seen, "", (*Sim).showOneProject},
		{http.MethodPatch, projects + "/:id", Seen, "422 while linked", (*Sim).updateProject},
		{http.MethodPatch, taxes + "/sync", Seen, "", (*Sim).syncTaxCodes},
		{http.MethodGet, taxes, Seen, "at most 100 a page is documented", (*Sim).listTaxCodes},
	}
}

func codePaths() []Endpoint {
	const standard, types, codes = "/rest/v1.0/standard_cost_codes", "/rest/v1.0/line_item_types", "/rest/v1.0/cost_codes"
	return []Endpoint{
		{http.MethodGet, "/rest/v1.0/standard_cost_code_lists", Documented, "an ERP list and an empty other one", (*Sim).listCodeLists},
		{http.MethodPatch, standard + "/sync", Documented, "parent_origin_id is from an older edition", (*Sim).syncStandardCodes},
		{http.MethodGet, standard, Documented, "", (*Sim).listStandardCodes},
		{http.MethodDelete, standard + "/:id", Seen, "422 for a code with others below it is inferred", (*Sim).deleteStandardCode},
		{http.MethodPatch, types + "/sync", Seen, "", (*Sim).syncCostTypes},
		{http.MethodGet, types, Seen, "that project_id may be left out is inferred", (*Sim).listCostTypes},
		{http.MethodDelete, types + "/:id", Documented, "older edition; 422 for one in use is inferred", (*Sim).deleteCostType},
		{http.MethodPatch, codes + "/sync", Documented, "", (*Sim).syncCostCodes},
		{http.MethodGet, codes, Documented, "", (*Sim).listCostCodes},
		{http.MethodPost, codes, Seen, "refused on an ERP integrated project: documented, the status is assumed", (*Sim).createCostCode},
		{http.MethodPatch, codes + "/:id", Seen, "refused on an ERP integrated project: documented, the status is assumed", (*Sim).updateCostCode},
		{http.MethodDelete, codes + "/:id", Documented, "older edition; its assignments and job costs go along: assumed", (*Sim).deleteCostCode},
	}
}

func projectImportPaths() []Endpoint {
	const costs = "/rest/v1.0/projects/:project/direct_costs"
	return []Endpoint{
		{http.MethodPatch, "/rest/v1.0/cost_code_line_item_types/sync", Documented, "older edition; form of an entity is assumed", (*Sim).syncAssignments},
		{http.MethodGet, "/rest/v1.0/cost_code_line_item_types", Assumed, "", (*Sim).listAssignments},
		{http.MethodDelete, "/rest/v1.0/cost_codes_line_item_types/:id", Documented, "older edition; two plurals, unlike its sync", deletePair(itemAssignment, func(d *data) *shelf { return d.assignments })},
		{http.MethodPatch, "/rest/v1.0/erp_job_costs/sync", Documented, "older edition; form of an entity is assumed", (*Sim).syncJobCosts},
		{http.MethodGet, "/rest/v1.0/erp_job_costs", Assumed, "", (*Sim).listJobCosts},
		{http.MethodDelete, "/rest/v1.0/erp_job_costs/:id", Documented, "older edition", deletePair(itemJobCost, func(d *data) *shelf { return d.jobCosts })},
		{http.MethodGet, "/rest/v1.0/projects/:project/work_breakdown_structure/wbs_codes", Documented, "one for each assignment is inferred, ids of segment items are assumed", (*Sim).listWBSCodes},
		{http.MethodPatch, costs + "/sync", Seen, "409 for a second writer is documented", (*Sim).syncDirectCosts},
		{http.MethodPatch, costs + "/line_items/sync", Seen, "409 for a second writer is documented", (*Sim).syncDirectLines},
		{http.MethodGet, costs, Seen, "", (*Sim).listDirectCosts},
		{http.MethodGet, costs + "/line_items", Seen, "", (*Sim).listDirectLines},
	}
}

func primePaths() []Endpoint {
	const one, many = "/rest/v1.0/prime_contract", "/rest/v1.0/prime_contracts"
	return []Endpoint{
		{http.MethodPost, one, Seen, "422 for a taken origin id is inferred", (*Sim).createPrime},
		{http.MethodGet, one + "/:id", Seen, "", (*Sim).showOnePrime},
		{http.MethodPatch, one + "/:id", Seen, "a linked one takes it with its own origin id only: assumed", (*Sim).updatePrime},
		{http.MethodDelete, one + "/:id", Seen, "422 while linked", (*Sim).deletePrime},
		{http.MethodGet, many, Seen, "", (*Sim).listPrimes},
		{http.MethodGet, many + "/:id/line_items", Seen, "", (*Sim).listPrimeLines},
		{http.MethodPatch, many + "/:id/line_items/sync", Seen, "", (*Sim).syncPrimeLines},
	}
}

func budgetPaths() []Endpoint {
	const budget = "/rest/v1.0/projects/:project/budget"
	return []Endpoint{
		{http.MethodPost, "/rest/v1.0/budget_line_items/sync", Seen, "bare array of numbers, 422 for the call", (*Sim).syncBudgetLines},
		{http.MethodGet, budget, Seen, "fields beside locked are assumed", (*Sim).showBudget},
		{http.MethodPost, budget + "/lock", Seen, "", (*Sim).lockBudget},
		{http.MethodDelete, budget + "/lock", Seen, "", (*Sim).lockBudget},
		{http.MethodGet, "/rest/v1.0/budget_views", Seen, "one view a project", (*Sim).listBudgetViews},
		{http.MethodGet, "/rest/v1.0/budget_views/:id/detail_rows", Seen, "budgeted rows only; that a row has its line's id is inferred", (*Sim).listBudgetRows},
	}
}

func stagedPaths() []Endpoint {
	const staged = v1Company + "/staged_records"
	return []Endpoint{
		{http.MethodPatch, staged + "/sync", Documented, "the prefix is inferred, and the form of the answer", (*Sim).syncStaged},
		{http.MethodPost, staged, Documented, "the prefix is inferred", (*Sim).createStaged},
		{http.MethodGet, staged, Inferred, "that item_type is needed is documented", (*Sim).listStaged},
		{http.MethodGet, staged + "/:id", Inferred, "", (*Sim).showOneStaged},
		{http.MethodPut, staged + "/:id", Documented, "the prefix is inferred", (*Sim).updateStaged},
		{http.MethodDelete, staged + "/:id", Documented, "the path is inferred", (*Sim).deleteStaged},
	}
}
