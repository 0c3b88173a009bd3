package erp

// The names of Procore's ERP requests, as its dictionary of events lists them
// (documented), beside those of the road of commitments. Which of them this
// build works on, package flow knows; all others with a detail are closed with
// a sentence.
const (
	CreateStandardCostCodes  = "create_standard_cost_codes"
	DeleteStandardCostCodes  = "delete_standard_cost_codes"
	SyncStandardCostCodes    = "sync_standard_cost_codes"
	UnlinkStandardCostCodes  = "unlink_standard_cost_codes"
	DeleteStandardCategories = "delete_standard_categories"
	SyncStandardCategories   = "sync_standard_categories" // cost types; without a detail

	CreateVendor          = "create_vendor"
	CreateVendorInProcore = "create_vendor_in_procore"
	LinkAllVendors        = "link_all_vendors"
	LinkVendor            = "link_vendor"
	MergeVendors          = "merge_vendors"
	SyncVendors           = "sync_vendors"
	UnlinkVendor          = "unlink_vendor"

	CreateJobInProcore = "create_job_in_procore"
	CreateOrUpdateJob  = "create_or_update_job"
	ResetJob           = "reset_job"
	SyncJobs           = "sync_jobs"
	SyncSingleJob      = "sync_single_job"

	CreateSubJob          = "create_sub_job"
	CreateSubJobInProcore = "create_sub_job_in_procore"
	ResetSubJob           = "reset_sub_job"
	SyncSubJob            = "sync_sub_job"
	SyncSubJobs           = "sync_sub_jobs"

	DeleteCostCode            = "delete_cost_code"
	DeleteCostCodes           = "delete_cost_codes"            // each row has its own detail
	DeleteCostTypeAssignments = "delete_cost_type_assignments" // each row has its own detail

	CreateBudget          = "create_budget"
	UpdateBudget          = "update_budget"
	CreateBudgetInProcore = "create_budget_in_procore"

	CreateRequisitions    = "create_requisitions"
	ResetRequisition      = "reset_requisition"
	CreateContractPayment = "create_contract_payment"
	ResetPayment          = "reset_payment"
	SyncContractPayments  = "sync_contract_payments"

	CreateCommitmentInProcore   = "create_commitment_in_procore"
	SyncCommitments             = "sync_commitments"
	UnlinkCommitment            = "unlink_commitment"
	SyncCommitmentChangeOrders  = "sync_commitment_change_orders"
	UnlinkCommitmentChangeOrder = "unlink_commitment_change_order"

	CreatePaymentApplication       = "create_payment_application"
	UnlinkPaymentApplication       = "unlink_payment_application"
	SyncPrimeContracts             = "sync_prime_contracts"
	CreatePrimeContractChangeOrder = "create_prime_contract_change_order"
	ResetPrimeContractChangeOrder  = "reset_prime_contract_change_order"
	UnlinkPrimeContractChangeOrder = "unlink_prime_contract_change_order"

	CreateCompanyDirectCost = "create_company_level_direct_cost"
	ResetCompanyDirectCost  = "reset_company_level_direct_cost"
	UnlinkCompanyDirectCost = "unlink_company_level_direct_cost"

	SyncMetadata = "sync_metadata"
)

// RequestNames lists every name of the dictionary, in its order. A name that
// Procore sends and that is not among them is new to us.
func RequestNames() []string {
	return []string{
		CreateStandardCostCodes, DeleteStandardCostCodes, SyncStandardCostCodes, UnlinkStandardCostCodes,
		DeleteStandardCategories, SyncStandardCategories,
		CreateVendor, CreateVendorInProcore, LinkAllVendors, LinkVendor, MergeVendors, SyncVendors, UnlinkVendor,
		CreateJobInProcore, CreateOrUpdateJob, ResetJob, SyncJobs, SyncSingleJob,
		CreateSubJob, CreateSubJobInProcore, ResetSubJob, SyncSubJob, SyncSubJobs,
		DeleteCostCode, DeleteCostCodes, DeleteCostTypeAssignments,
		CreateBudget, UpdateBudget, CreateBudgetInProcore,
		CreateRequisitions, ResetRequisition, CreateContractPayment, ResetPayment, SyncContractPayments,
		CreateCommitment, CreateCommitmentInProcore, SyncCommitments, UnlinkCommitment,
		CreateCommitmentChangeOrder, SyncCommitmentChangeOrders, UnlinkCommitmentChangeOrder,
		CreatePaymentApplication, UnlinkPaymentApplication,
		SyncPrimeContracts, CreatePrimeContractChangeOrder, ResetPrimeContractChangeOrder, UnlinkPrimeContractChangeOrder,
		CreateCompanyDirectCost, ResetCompanyDirectCost, UnlinkCompanyDirectCost,
		SyncMetadata,
	}
}
