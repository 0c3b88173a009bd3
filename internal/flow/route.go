package flow

import (
	"github.com/procpac/procpac/internal/erp"
)

// deed is what is done about an ERP request.
type deed int

// The deeds.
const (
	refuse   deed = iota // not this connector's: closed as failed with words, where there is something to close
	export               // a document for Jobpac, or a link of one to take away
	bring                // records of Jobpac are brought into Procore
	remember             // Procore says which record belongs to which origin id
	forget               // Procore says that records belong to none any more
	remove               // Procore asks whether it may delete: each row has its own answer
	note                 // nothing to do but to know
)

// route is what one request of Procore's dictionary leads to.
type route struct {
	do      deed
	objects []erp.Object  // bring
	entry   erp.EntryType // remember, forget, remove: of what
	project bool          // bring, forget: of the job that the request names
	words   string        // refuse: why, for the approver; note: what it is
}

// words of refusals that several requests share.
const (
	jobpacOwnsCodes     = "Cost codes and cost types are kept in Jobpac and come from there: enter it in Jobpac, it appears in Procore with the next import."
	jobpacOwnsCreditors = "Creditors are kept in Jobpac and come from there: enter the company as a creditor in Jobpac, then link it in Procore."
	jobpacOwnsJobs      = "Jobs are kept in Jobpac and come from there: enter the job in Jobpac, it is offered in Procore with the next import."
	jobpacOwnsBudgets   = "Budgets are kept in Jobpac and come from there: change the budget in Jobpac."
	noSubJobs           = "Jobpac has no sub jobs: this connection does not carry them."
	noPayments          = "Payments are entered in Jobpac; this connection does not carry them."
	noHeadInvoices      = "Head contract invoices are entered in Jobpac; this connection does not carry them."
	noCompanyCosts      = "Costs of the company are entered in Jobpac; this connection does not carry them."
)

// routes is Procore's dictionary of ERP requests, every one of them.
func routes() map[string]route {
	ofJob := []erp.Object{erp.CostTypes, erp.CostCodes, erp.Budgets, erp.JobCosts, erp.HeadContracts}
	return map[string]route{
		erp.CreateStandardCostCodes:        {do: refuse, words: jobpacOwnsCodes},
		erp.DeleteStandardCostCodes:        {do: forget, entry: erp.EntryStandardCode},
		erp.SyncStandardCostCodes:          {do: bring, objects: []erp.Object{erp.CostTypes, erp.CostCodes}},
		erp.UnlinkStandardCostCodes:        {do: forget, entry: erp.EntryStandardCode},
		erp.DeleteStandardCategories:       {do: forget, entry: erp.EntryCostType},
		erp.SyncStandardCategories:         {do: bring, objects: []erp.Object{erp.GSTCodes, erp.CostTypes}},
		erp.CreateVendor:                   {do: refuse, words: jobpacOwnsCreditors},
		erp.CreateVendorInProcore:          {do: remember, entry: erp.EntryVendor},
		erp.LinkVendor:                     {do: remember, entry: erp.EntryVendor},
		erp.LinkAllVendors:                 {do: remember, entry: erp.EntryVendor},
		erp.MergeVendors:                   {do: remember, entry: erp.EntryVendor},
		erp.SyncVendors:                    {do: bring, objects: []erp.Object{erp.Creditors}},
		erp.UnlinkVendor:                   {do: forget, entry: erp.EntryVendor},
		erp.CreateJobInProcore:             {do: bring, objects: ofJob, project: true},
		erp.CreateOrUpdateJob:              {do: refuse, words: jobpacOwnsJobs},
		erp.ResetJob:                       {do: forget, entry: erp.EntryProject, project: true},
		erp.SyncJobs:                       {do: bring, objects: []erp.Object{erp.Jobs}},
		erp.SyncSingleJob:                  {do: bring, objects: append([]erp.Object{erp.Jobs}, ofJob...), project: true},
		erp.CreateSubJob:                   {do: refuse, words: noSubJobs},
		erp.CreateSubJobInProcore:          {do: refuse, words: noSubJobs},
		erp.ResetSubJob:                    {do: refuse, words: noSubJobs},
		erp.SyncSubJob:                     {do: refuse, words: noSubJobs},
		erp.SyncSubJobs:                    {do: refuse, words: noSubJobs},
		erp.DeleteCostCode:                 {do: forget, entry: erp.EntryCostCode},
		erp.DeleteCostCodes:                {do: remove, entry: erp.EntryCostCode},
		erp.DeleteCostTypeAssignments:      {do: remove, entry: erp.EntryAssignment},
		erp.CreateBudget:                   {do: refuse, words: jobpacOwnsBudgets},
		erp.UpdateBudget:                   {do: refuse, words: jobpacOwnsBudgets},
		erp.CreateBudgetInProcore:          {do: note, words: "the budget was imported in Procore"},
		erp.CreateRequisitions:             {do: export},
		erp.ResetRequisition:               {do: note, words: "the invoice was reset in Procore: sent again, it is linked to what stands in Jobpac"},
		erp.CreateContractPayment:          {do: refuse, words: noPayments},
		erp.ResetPayment:                   {do: refuse, words: noPayments},
		erp.SyncContractPayments:           {do: refuse, words: noPayments},
		erp.CreateCommitment:               {do: export},
		erp.CreateCommitmentInProcore:      {do: note, words: "commitments are kept in Procore: none was staged by this connection"},
		erp.SyncCommitments:                {do: note, words: "commitments are kept in Procore: nothing comes from Jobpac"},
		erp.UnlinkCommitment:               {do: export},
		erp.CreateCommitmentChangeOrder:    {do: export},
		erp.SyncCommitmentChangeOrders:     {do: note, words: "change orders are kept in Procore: nothing comes from Jobpac"},
		erp.UnlinkCommitmentChangeOrder:    {do: export},
		erp.CreatePaymentApplication:       {do: refuse, words: noHeadInvoices},
		erp.UnlinkPaymentApplication:       {do: refuse, words: noHeadInvoices},
		erp.SyncPrimeContracts:             {do: bring, objects: []erp.Object{erp.HeadContracts}},
		erp.CreatePrimeContractChangeOrder: {do: export},
		erp.ResetPrimeContractChangeOrder:  {do: note, words: "the change order was reset in Procore: sent again, it is linked to what stands in Jobpac"},
		erp.UnlinkPrimeContractChangeOrder: {do: export},
		erp.CreateCompanyDirectCost:        {do: refuse, words: noCompanyCosts},
		erp.ResetCompanyDirectCost:         {do: refuse, words: noCompanyCosts},
		erp.UnlinkCompanyDirectCost:        {do: refuse, words: noCompanyCosts},
		erp.SyncMetadata:                   {do: note, words: "run procpac setup to renew the settings of the ERP connection"},
	}
}
