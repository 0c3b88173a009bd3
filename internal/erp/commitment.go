package erp

import "strconv"

// CommitmentType is which of Procore's two contracts a commitment is.
type CommitmentType string

// The types, in Procore's words.
const (
	PurchaseOrderContract CommitmentType = "PurchaseOrderContract"
	WorkOrderContract     CommitmentType = "WorkOrderContract" // a subcontract
)

// Link is a Procore record as a commitment names it: its Procore id and the
// origin id that joins it to Jobpac, empty when it is not linked.
type Link struct {
	ID     ID
	Origin string
	Name   string
	Code   string
}

// Commitment is a Procore commitment as it was sent to the ERP. Dates are
// yyyy-mm-dd or empty; timestamps RFC 3339 or empty.
type Commitment struct {
	ID               ID
	Type             CommitmentType
	Code             string // typed by the approver: the Jobpac order number
	Number           string
	Title            string
	Description      string
	Status           string
	AccountingMethod string // amount or unit
	Retainage        Decimal
	Total            Decimal // grand total, where given
	Currency         string  // ISO code, where given
	Vendor           Link
	Project          Link
	Origin           string // set once it is linked
	CreatedAt        string
	UpdatedAt        string // RFC 3339; of a document that was read by itself
	ContractDate     string
	ExecutionDate    string
	IssuedOn         string
	SignedReceived   string
	DeliveryDate     string            // purchase order
	Start            string            // subcontract
	EstimatedEnd     string            // subcontract
	Fields           map[string]string // the approver's answers to erp_custom_fields, by key
	Lines            []Line
}

// Line is a line of a schedule of values, or of a change order.
type Line struct {
	ID             ID
	Position       int
	Description    string
	Amount         Decimal
	Quantity       Decimal
	UnitCost       Decimal
	UOM            string
	Calculated     bool // amount = quantity x unit cost; false: typed
	CostCode       Link
	CostType       Link
	TaxCode        string
	Origin         string // WORKID|ORDER|ITEM once it is linked
	CommitmentLine ID     // change order lines: the contract line they belong to; 0: none
	Placed         *Place // lines of a Revision: where Jobpac has the line already; nil: nowhere
}

// Place is where a line that was entered stands in Jobpac.
type Place struct {
	Centre    CostCentreKey
	OrderItem int // of the subcontract; 0: the line opened a cost centre on it, or is of a purchase order
}

// ChangeOrder is a commitment change order as it was sent to the ERP.
type ChangeOrder struct {
	ID          ID
	ContractID  ID
	Number      string
	Code        string // origin_code: the Jobpac variation number the approver typed
	Title       string
	Description string
	Status      string
	Total       Decimal
	Currency    string
	CreatedAt   string
	UpdatedAt   string // as of a Commitment
	DueDate     string
	ReviewedAt  string // the approval
	Prime       bool   // it is of a prime contract: shown in the same list as those of commitments
	Fields      map[string]string
	Lines       []Line
	Revision    *Revision // it is a further change of an entered document; nil: it was made in Procore
}

// Revision tells of which entered document a change order brings what was
// changed in it afterwards, and which of its changes it is, from 1.
type Revision struct {
	Of     Reference
	Number int
}

// Reference is how the change order is found again in Jobpac: PCO7701, or of
// a revision PCC4101R1.
func (o ChangeOrder) Reference() Reference {
	if o.Revision != nil {
		return o.Revision.Of + Reference("R"+strconv.Itoa(o.Revision.Number))
	}
	return ChangeOrderReference(o.ID)
}

// The request names of the road of this build.
const (
	CreateCommitment            = "create_commitment"
	CreateCommitmentChangeOrder = "create_commitment_change_order"
)

// Request is an ERP request: one piece of work that an accounting approver
// sent. Which of the documents is filled follows from Name; a change order
// comes with its commitment. For a name whose content could not be read
// Unreadable says why, and the documents are nil.
type Request struct {
	ID          ID
	DetailID    ID // 0: nothing to close
	Company     ID
	Name        string
	CreatedAt   string
	JobOrigin   string
	Commitment  *Commitment
	ChangeOrder *ChangeOrder
	Import      *ImportRequest // of a request about imports
	Invoices    []Requisition  // of a batch of subcontractor invoices
	PrimeChange *PrimeChange   // of a prime contract change order
	Unlink      *Unlink        // of a request to take a link away
	Direct      *Direct        // of a document that was read by itself, without an ERP request
	Unreadable  string
}

// ExternalItem is one row of Procore's external data: it links a Procore record
// to a Jobpac key and turns the record green. An empty Origin clears the link.
type ExternalItem struct {
	Type   string // purchase_order_contract, work_order_contract, change_order, line_item
	ID     ID
	Origin string
	Code   string // the number a person sees
}

// The item types of external data that this build writes.
const (
	ItemPurchaseOrder = "purchase_order_contract"
	ItemSubcontract   = "work_order_contract"
	ItemChangeOrder   = "change_order"
	ItemLine          = "line_item"
)

// Outcome is how a request detail is closed.
type Outcome string

// The outcomes, in Procore's words.
const (
	Success Outcome = "success"
	Failed  Outcome = "failed"
)
