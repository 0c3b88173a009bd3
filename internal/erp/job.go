package erp

// Job, Creditor and CostCentre are what the rules need to know of Jobpac. A
// state that Jobpac did not show is Unknown, and never a reason to refuse.

// Tristate is yes, no or not shown.
type Tristate int

// The values of a Tristate.
const (
	Unshown Tristate = iota
	Yes
	No
)

// Job is a Jobpac job.
type Job struct {
	Key                 JobKey
	Description         string
	Active              Tristate
	AllowCostUpdates    Tristate
	FinanciallyComplete Tristate
	Status              string
}

// Creditor is a Jobpac creditor.
type Creditor struct {
	Key          CreditorKey
	Name         string
	StopPayments Tristate
	Status       string
	Currency     string
}

// CostCentre is a row of a job's cost centre listing: a cost centre, or the
// heading of some (no cost type, or a heading level).
type CostCentre struct {
	Key              CostCentreKey
	Description      string
	Heading          bool
	AllowCostUpdates Tristate
	Status           string
}

// Facts are the Jobpac records that a document names. A record that Jobpac
// does not have is nil. Centres holds the rows of the asked cost codes only.
type Facts struct {
	Job      *Job
	Creditor *Creditor
	Centres  []CostCentre
}

// FactsQuery asks for the records that a document names.
type FactsQuery struct {
	Job       JobKey
	Creditor  CreditorKey
	CostCodes []string
	Fresh     bool // read anew: nothing that was read before counts
}
