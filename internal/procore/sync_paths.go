package procore

// The paths of imports, tagged as those in paths.go. {id} is the project where a
// path has one, else the record.
const (
	pathVendorsSync       = "/rest/v1.0/vendors/sync"                               // documented
	pathProjectsSync      = "/rest/v1.0/projects/sync"                              // documented
	pathStandardCodesSync = "/rest/v1.0/standard_cost_codes/sync"                   // documented
	pathCostTypesSync     = "/rest/v1.0/line_item_types/sync"                       // documented
	pathCostCodesSync     = "/rest/v1.0/cost_codes/sync"                            // documented
	pathAssignmentsSync   = "/rest/v1.0/cost_code_line_item_types/sync"             // documented, in an older edition
	pathJobCostsSync      = "/rest/v1.0/erp_job_costs/sync"                         // documented, in an older edition
	pathBudgetLinesSync   = "/rest/v1.0/budget_line_items/sync"                     // seen
	pathTaxCodesSync      = "/rest/v1.0/tax_codes/sync"                             // seen
	pathDirectCostsSync   = "/rest/v1.0/projects/{id}/direct_costs/sync"            // seen
	pathDirectLinesSync   = "/rest/v1.0/projects/{id}/direct_costs/line_items/sync" // seen
	pathStagedSync        = "/rest/v1.0/companies/{company}/staged_records/sync"    // end documented, beginning inferred
	pathPrimeNew          = "/rest/v1.0/prime_contract"                             // seen
	pathPrime             = "/rest/v1.0/prime_contract/{id}"                        // seen
	pathPrimeLinesSync    = "/rest/v1.0/prime_contracts/{id}/line_items/sync"       // seen

	pathVendors       = "/rest/v1.0/vendors"                                          // documented
	pathStandardCodes = "/rest/v1.0/standard_cost_codes"                              // documented
	pathCodeLists     = "/rest/v1.0/standard_cost_code_lists"                         // documented
	pathCostTypes     = "/rest/v1.0/line_item_types"                                  // seen
	pathCostCodes     = "/rest/v1.0/cost_codes"                                       // documented
	pathTaxCodes      = "/rest/v1.0/tax_codes"                                        // seen
	pathDirectCosts   = "/rest/v1.0/projects/{id}/direct_costs"                       // seen
	pathDirectLines   = "/rest/v1.0/projects/{id}/direct_costs/line_items"            // seen
	pathPrimes        = "/rest/v1.0/prime_contracts"                                  // seen
	pathPrimeLines    = "/rest/v1.0/prime_contracts/{id}/line_items"                  // seen
	pathStaged        = "/rest/v1.0/companies/{company}/staged_records"               // end documented, beginning inferred
	pathWBSCodes      = "/rest/v1.0/projects/{id}/work_breakdown_structure/wbs_codes" // documented
	pathBudgetViews   = "/rest/v1.0/budget_views"                                     // documented
	pathBudgetRows    = "/rest/v1.0/budget_views/{id}/detail_rows"                    // documented

	pathStandardCode = "/rest/v1.0/standard_cost_codes/{id}"        // documented
	pathCostType     = "/rest/v1.0/line_item_types/{id}"            // documented, in an older edition
	pathCostCode     = "/rest/v1.0/cost_codes/{id}"                 // documented, in an older edition
	pathAssignment   = "/rest/v1.0/cost_codes_line_item_types/{id}" // documented, in an older edition; unlike the path of its sync
	pathJobCost      = "/rest/v1.0/erp_job_costs/{id}"              // documented, in an older edition
)
