package erp

import "strconv"

// Requisition is a Procore subcontractor invoice as it was sent to the ERP.
// Dates are yyyy-mm-dd or empty. Amounts are without tax unless they say so.
type Requisition struct {
	ID             ID
	DetailID       ID // 0: the request's own detail, or none
	ContractID     ID
	ContractOrigin string // WORKID|ORDER of the commitment
	JobOrigin      string
	Number         string // the subcontractor's invoice number
	Code           string // typed by the approver
	Method         string // amount or unit
	BillingDate    string
	PaymentDue     string
	CreatedAt      string
	AccountingDate string
	Fields         map[string]string // the approver's answers to erp_custom_fields, by key
	Lines          []RequisitionLine
}

// RequisitionLine is a line of a subcontractor invoice: of a line of the
// commitment, or of one of its change orders.
type RequisitionLine struct {
	ID                   ID
	ItemType             string // Billings::ContractItem, Billings::ContractDetailItem, Billings::ChangeOrderItem
	Description          string
	Amount               Decimal // of this period, work and materials
	Quantity             Decimal
	UnitCost             Decimal
	UOM                  string
	CostCode             Link
	CostType             Link
	CommitmentItemOrigin string // WORKID|ORDER|ITEM
	ChangeItemOrigin     string // WORKID|JOB|VARIATION|ITEM, or WORKID|ORDER|ITEM of a purchase order's change order
	Scheduled            Decimal
	RetainedWork         Decimal // retention held on work this period
	RetainedMaterials    Decimal // retention held on stored materials
	ReleasedWork         Decimal // retention given back this period
	ReleasedMaterials    Decimal
	TaxCodeOrigin        string
}

// The kinds of record that an invoice becomes.
const (
	KindClaim       Kind = "subcontract_claim"      // header of a claim import
	KindClaimItem   Kind = "subcontract_claim_item" // detail of a claim import
	KindInvoice     Kind = "pending_invoice"        // one dissection of an upload, the first carries the whole
	KindInvoicePost Kind = "invoice_posting"        // the pending invoice made a transaction
)

// ClaimKey names a subcontractor's claim or invoice: WORKID|ORDER|INVOICE.
type ClaimKey struct{ WorkID, Order, Invoice string }

// Origin is the key as Procore stores it.
func (k ClaimKey) Origin() string { return joinOrigin(k.WorkID, k.Order, k.Invoice) }

// ItemOrigin is the key of one of its lines, numbered from 1 by us.
func (k ClaimKey) ItemOrigin(line int) string {
	return joinOrigin(k.WorkID, k.Order, k.Invoice, strconv.Itoa(line))
}

// ParseClaimKey reads WORKID|ORDER|INVOICE.
func ParseClaimKey(origin string) (ClaimKey, error) {
	p, err := splitOrigin("invoice", origin, 3)
	if err != nil {
		return ClaimKey{}, err
	}
	return ClaimKey{WorkID: p[0], Order: p[1], Invoice: p[2]}, nil
}

// ClaimState is where an imported claim, or an uploaded invoice, stands.
type ClaimState string

// The states of a claim or an invoice in Jobpac.
const (
	ClaimAbsent  ClaimState = ""        // nothing stands under its key
	ClaimStaged  ClaimState = "staged"  // imported, not looked at by Jobpac yet; or uploaded, not posted
	ClaimRefused ClaimState = "refused" // listed with errors; nothing counts
	ClaimEntered ClaimState = "entered" // it is a claim, or a posted transaction
)

// ClaimFound is what Jobpac shows under a claim's key.
type ClaimFound struct {
	State  ClaimState
	Number string   // the claim's number once it is one; the transaction of an invoice
	Errors []string // Jobpac's words
	Book   Book     // what can be seen of header and lines; a staged claim shows no lines
}

// PrimeChange is a Procore prime contract change order as it was sent to the
// ERP. Quantities are not known to the integration (documented).
type PrimeChange struct {
	ID          ID
	ContractID  ID
	Number      string
	Code        string // typed by the approver: the Jobpac variation number
	Title       string
	Description string
	Status      string
	ReviewedAt  string
	ApprovedOn  string
	CreatedAt   string
	Fields      map[string]string
	Lines       []PrimeChangeLine
}

// PrimeChangeLine is a line with an amount that includes its markups.
type PrimeChangeLine struct {
	ID          ID
	Description string
	Amount      Decimal
	Tax         Decimal
	CostCode    Link
	CostType    Link
	Markups     []ID // each is linked like a line
}

// Unlink asks to take the link of a document away.
type Unlink struct {
	Kind       string // commitment, change_order or prime_change_order
	Type       CommitmentType
	ID         ID     // of the document in Procore
	Commitment ID     // of a change order
	Origin     string // the document's origin id, where the request names it
	OrderOf    string // origin id of a change order's commitment
	Lines      []ID   // where the request names them
}
